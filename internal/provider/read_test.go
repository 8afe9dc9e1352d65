package provider

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// stubSource is a registry.Source with these projects and one iteration.
type stubSource struct {
	registry.Source
	projects  []registry.Project
	iteration func(context.Context) (*registry.Iteration, error)
}

func (s stubSource) Projects(context.Context, string) ([]registry.Project, error) {
	return s.projects, nil
}

func (s stubSource) Iteration(ctx context.Context, _ registry.Reference) (*registry.Iteration, error) {
	return s.iteration(ctx)
}

// readSource reads the data source from source at a location, without Terraform.
func readSource(t *testing.T, source registry.Source, location registry.Location) (*datasource.ReadResponse, computedState) {
	t.Helper()
	d := &imageIterationDataSource{baseDataSource{providerData: &providerData{
		resolver: registry.NewResolver(source, time.Now),
		location: location,
	}}}
	var schema datasource.SchemaResponse
	d.Schema(t.Context(), datasource.SchemaRequest{}, &schema)
	object := schema.Schema.Type().TerraformType(t.Context()).(tftypes.Object)
	values := make(map[string]tftypes.Value)
	for name, attributeType := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
	}
	values["bucket"] = tftypes.NewValue(tftypes.String, testBucket)
	values["channel"] = tftypes.NewValue(tftypes.String, testChannel)

	var computed computedState
	var resp datasource.ReadResponse
	d.Read(context.WithValue(t.Context(), computedStateKey{}, &computed), datasource.ReadRequest{
		Config: tfsdk.Config{Raw: tftypes.NewValue(object, values), Schema: schema.Schema},
	}, &resp)
	return &resp, computed
}

// A read has the time to wait out a rate limit of a minute.
func TestDefaultTimeout(t *testing.T) {
	var timeout time.Duration
	resp, _ := readSource(t, stubSource{iteration: func(ctx context.Context) (*registry.Iteration, error) {
		deadline, _ := ctx.Deadline()
		timeout = time.Until(deadline)
		return &registry.Iteration{ID: "01"}, nil
	}}, testRef.Location)
	if resp.Diagnostics.HasError() {
		t.Fatal(resp.Diagnostics)
	}
	if timeout <= time.Minute+10*time.Second || timeout > 2*time.Minute {
		t.Errorf("the read may take %s", timeout)
	}
}

// A read that fails, whether before or after the iteration is known, still has the
// warnings about what preceded the failure, and no state.
func TestWarningsOfFailedRead(t *testing.T) {
	for name, tc := range map[string]struct {
		iteration *registry.Iteration
		err       error
		want      []string
	}{
		"no iteration": {
			err:  &registry.UnassignedError{},
			want: []string{"HCP Project Chosen", "Channel Without Iteration"},
		},
		"revoked": {
			iteration: &registry.Iteration{Status: registry.StatusRevoked},
			want:      []string{"HCP Project Chosen", "Image Iteration Is Revoked"},
		},
		"too large": {
			iteration: &registry.Iteration{Version: "v7", Status: registry.StatusRevocationScheduled, Builds: []registry.Build{{
				Labels: map[string]string{"label": strings.Repeat("x", 1<<20)}, Images: make([]registry.Image, 256),
			}}},
			want: []string{"HCP Project Chosen", "Image Iteration Will Be Revoked: hardened-ubuntu v7", "Iteration Too Large"},
		},
	} {
		source := stubSource{
			projects:  []registry.Project{{ID: testProject}, {ID: otherUUID, CreatedAt: time.Unix(1, 0)}},
			iteration: func(context.Context) (*registry.Iteration, error) { return tc.iteration, tc.err },
		}
		resp, computed := readSource(t, source, registry.Location{OrganizationID: testOrganization})
		var got []string
		for _, d := range resp.Diagnostics {
			got = append(got, d.Summary())
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
		if computed.encoded != nil {
			t.Errorf("%s: there is a state", name)
		}
	}
}
