package provider

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"
)

// Outside of the provider's server there is nobody to take the state.
func TestSetComputedStateWithoutServer(t *testing.T) {
	if err := setComputedState(t.Context(), []byte{}); err == nil {
		t.Error("there was no error")
	}
}

// Setting the computed attributes leaves the others as they are.
func TestMergeState(t *testing.T) {
	mustEncode := func(attributes any) []byte {
		encoded, err := encode(attributes)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
	object := &tfprotov6.DynamicValue{MsgPack: mustEncode(map[string]any{"kept": []string{"a"}, "set": nil})}
	if err := mergeState(object, mustEncode(map[string]any{"set": "b"})); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Kept []string `msgpack:"kept"`
		Set  string   `msgpack:"set"`
	}
	if err := msgpack.Unmarshal(object.MsgPack, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Kept) != 1 || got.Kept[0] != "a" || got.Set != "b" {
		t.Errorf("got %+v", got)
	}
}

// stubServer reads a data source with one warning and a state of its own.
type stubServer struct {
	tfprotov6.ProviderServer
	state    []byte
	computed []byte
}

func (s stubServer) ReadDataSource(ctx context.Context, _ *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var state *tfprotov6.DynamicValue
	if s.state != nil {
		state = &tfprotov6.DynamicValue{MsgPack: s.state}
	}
	return &tfprotov6.ReadDataSourceResponse{
		State:       state,
		Diagnostics: []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Beware"}},
	}, setComputedState(ctx, s.computed)
}

// A state that cannot be encoded is an error beside the warnings.
func TestReadDataSourceWithInvalidState(t *testing.T) {
	valid, err := encode(map[string]any{"set": "a"})
	if err != nil {
		t.Fatal(err)
	}
	for name, stub := range map[string]stubServer{
		"no state": {computed: valid},
		"state":    {state: []byte("\xc1"), computed: valid},
		"computed": {state: valid, computed: []byte("\xc1")},
	} {
		resp, err := server{stub}.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(resp.Diagnostics) != 2 || resp.Diagnostics[0].Summary != "Beware" {
			t.Errorf("%s: the warning got lost: %v", name, resp.Diagnostics)
			continue
		}
		diagnostic{summary: "Internal Provider Error", facts: []string{"Encoding the state: ", "report"}}.
			requireIn(t, tfprotov6.DiagnosticSeverityError, resp.Diagnostics[1])
	}
}

// validConfigs are valid configurations of all data sources.
var validConfigs = map[string]map[string]any{
	"packer_image_iteration": {"bucket": testBucket, "channel": testChannel},
	"packer_image_status":    {"image_id": "ami-frankfurt", "cloud_provider": "aws"},
}

// A read before the provider is configured does not panic.
func TestReadDataSourceWithoutConfigureProvider(t *testing.T) {
	server := newServer(&packerProvider{})
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range schemas.DataSourceSchemas {
		resp, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
			TypeName: name,
			Config:   config(t, schema, validConfigs[name]),
		})
		if err != nil || len(resp.Diagnostics) != 1 {
			t.Fatal(name, err, resp)
		}
		diagnostic{summary: "Internal Provider Error", facts: []string{"before the provider was configured"}}.
			requireIn(t, tfprotov6.DiagnosticSeverityError, resp.Diagnostics[0])
	}
}

// Where Terraform can defer, reads wait until the provider's configuration is known.
// Elsewhere the first read reports what is unknown.
func TestUnknownConfigurationIsDeferred(t *testing.T) {
	for name, valid := range validConfigs {
		for allowed, reason := range map[bool]tfprotov6.DeferredReason{true: tfprotov6.DeferredReasonProviderConfigUnknown, false: 0} {
			f := newFixture(t)
			server, err := f.factories()["packer"]()
			if err != nil {
				t.Fatal(err)
			}
			schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
			if err != nil {
				t.Fatal(err)
			}
			configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
				Config: config(t, schema.Provider, map[string]any{
					"project_id": tftypes.UnknownValue,
				}),
				ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: allowed},
			})
			if err != nil || len(configured.Diagnostics) > 0 {
				t.Fatalf("got %+v, %v", configured, err)
			}
			read, err := server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
				TypeName:           name,
				Config:             config(t, schema.DataSourceSchemas[name], valid),
				ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: allowed},
			})
			if err != nil {
				t.Fatal(err)
			}
			if deferred := read.Deferred; reason != 0 && (deferred == nil || deferred.Reason != reason || len(read.Diagnostics) > 0) {
				t.Errorf("%s, deferral allowed: got %+v, %v", name, deferred, read.Diagnostics)
			}
			if reason == 0 && (read.Deferred != nil || len(read.Diagnostics) != 1 || !strings.Contains(read.Diagnostics[0].Detail, "project_id")) {
				t.Errorf("%s, deferral not allowed: got %+v, %v", name, read.Deferred, read.Diagnostics)
			}
			if n := f.fake.Count(""); n != 0 {
				t.Errorf("%d requests", n)
			}
		}
	}
}
