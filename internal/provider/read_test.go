package provider

import (
	"context"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// stubSource is a registry.Source of one iteration.
type stubSource struct {
	registry.Source
	iteration func(context.Context) (*registry.Iteration, error)
}

func (s stubSource) Iteration(ctx context.Context, _ registry.Channel) (*registry.Iteration, error) {
	return s.iteration(ctx)
}

// readSource reads the data source from source, without Terraform.
func readSource(t *testing.T, source registry.Source) (*datasource.ReadResponse, computedState) {
	t.Helper()
	d := &imageIterationDataSource{providerData: &providerData{
		resolver: registry.NewResolver(source, time.Now),
		location: testTarget.channel.Location,
	}}
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
	}})
	if resp.Diagnostics.HasError() {
		t.Fatal(resp.Diagnostics)
	}
	if timeout <= time.Minute+10*time.Second || timeout > 2*time.Minute {
		t.Errorf("the read may take %s", timeout)
	}
}
