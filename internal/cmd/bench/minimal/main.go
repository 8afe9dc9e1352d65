// Command minimal is the other yardstick of the benchmark: a provider with one
// data source of three attributes that does nothing. The time a plan takes with it
// is what Terraform needs for any provider, and its size that of Terraform's
// libraries.
package main

import (
	"context"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	os.Setenv("TF_LOG_SDK", "OFF") // as provider.LogAsTerraform does
	err := providerserver.Serve(context.Background(), func() provider.Provider { return minimal{} }, providerserver.ServeOpts{
		Address: "registry.terraform.io/hashicorp/packer",
	})
	if err != nil {
		log.Fatal(err)
	}
}

type minimal struct{}

func (minimal) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "packer"
}

func (minimal) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (minimal) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (minimal) Resources(context.Context) []func() resource.Resource { return nil }

func (minimal) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return dataSource{} }}
}

type dataSource struct{}

func (dataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "packer_image_iteration"
}

func (dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema.Attributes = map[string]schema.Attribute{
		"bucket":      schema.StringAttribute{Required: true},
		"channel":     schema.StringAttribute{Required: true},
		"fingerprint": schema.StringAttribute{Computed: true},
	}
}

type model struct {
	Bucket      types.String `tfsdk:"bucket"`
	Channel     types.String `tfsdk:"channel"`
	Fingerprint types.String `tfsdk:"fingerprint"`
}

func (dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data model
	resp.Diagnostics.Append(req.Config.Get(ctx, &data)...)
	data.Fingerprint = types.StringValue("f00dcafe")
	resp.Diagnostics.Append(resp.State.Set(ctx, &data)...)
}
