// Package provider speaks Terraform: schemas, configuration, state and
// diagnostics. What an image iteration is, and when it is revoked, it leaves to
// package registry; how HCP is asked, to package hcp.
package provider

import (
	"context"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

type packerProvider struct {
	version string
	getenv  func(string) string
	now     func() time.Time
}

var _ provider.Provider = (*packerProvider)(nil)

// New returns a constructor of the provider in the given version.
func New(version string) func() provider.Provider {
	return func() provider.Provider {
		return &packerProvider{version: version, getenv: os.Getenv, now: time.Now}
	}
}

func (p *packerProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "packer"
	resp.Version = p.version
}

func (p *packerProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the machine images that Packer published to an HCP Packer registry, " +
			"and refuses those that were revoked.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				MarkdownDescription: "Client ID of an HCP service principal. Set it together with `client_secret`. " +
					"Default: environment variable `HCP_CLIENT_ID`.",
				Optional: true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1),
					stringvalidator.AlsoRequires(path.MatchRoot("client_secret")),
				},
			},
			"client_secret": schema.StringAttribute{
				MarkdownDescription: "Client secret of the HCP service principal. Set it together with `client_id`. " +
					"Default: environment variable `HCP_CLIENT_SECRET`.",
				Optional:  true,
				Sensitive: true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1),
					stringvalidator.AlsoRequires(path.MatchRoot("client_id")),
				},
			},
			"organization_id": schema.StringAttribute{
				MarkdownDescription: "ID (a UUID) of the HCP organization. " +
					"Default: environment variable `HCP_ORGANIZATION_ID`.",
				Optional:   true,
				Validators: []validator.String{uuidValidator{}},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "ID (a UUID) of the HCP project whose registry is read. " +
					"Default: environment variable `HCP_PROJECT_ID`.",
				Optional:   true,
				Validators: []validator.String{uuidValidator{}},
			},
		},
	}
}

func (p *packerProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.DataSourceData = p.connect(model, req.TerraformVersion)
}

func (p *packerProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newImageIterationDataSource}
}

func (p *packerProvider) Resources(context.Context) []func() resource.Resource {
	return nil
}
