// Package provider is the Terraform layer: schemas, configuration, state and
// diagnostics. Package registry decides which iteration a channel has and whether
// it is revoked; package hcp makes the requests.
package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/objectvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

type packerProvider struct {
	version string
	getenv  func(string) string
	now     func() time.Time
}

var _ provider.ProviderWithFunctions = (*packerProvider)(nil)

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
			"credential_file": schema.StringAttribute{
				MarkdownDescription: "Path of an HCP credential file for a service principal or a workload. Conflicts with `client_id` and `workload_identity`. " +
					"Default: environment variable `HCP_CRED_FILE`, or else `~/.config/hcp/cred_file.json`.",
				Optional: true,
				Validators: []validator.String{
					stringvalidator.LengthAtLeast(1),
					stringvalidator.ConflictsWith(path.MatchRoot("client_id"), path.MatchRoot("workload_identity")),
				},
			},
			"workload_identity": schema.SingleNestedAttribute{
				MarkdownDescription: "Signs in with a token that another identity provider, such as that of a CI service, " +
					"issued to this workload. Conflicts with `client_id` and `credential_file`.",
				Optional: true,
				Validators: []validator.Object{
					objectvalidator.ConflictsWith(path.MatchRoot("client_id")),
				},
				Attributes: map[string]schema.Attribute{
					"resource_name": schema.StringAttribute{
						MarkdownDescription: "Resource name of the HCP workload identity provider, of the form " +
							"`iam/project/PROJECT/service-principal/NAME/workload-identity-provider/NAME`.",
						Required:   true,
						Validators: []validator.String{validResourceName()},
					},
					"token": schema.StringAttribute{
						MarkdownDescription: "The workload's token, a JWT. Set either this or `token_file`.",
						Optional:            true,
						Sensitive:           true,
						Validators: []validator.String{
							stringvalidator.LengthAtLeast(1),
							stringvalidator.ExactlyOneOf(
								path.MatchRoot("workload_identity").AtName("token"),
								path.MatchRoot("workload_identity").AtName("token_file"),
							),
						},
					},
					"token_file": schema.StringAttribute{
						MarkdownDescription: "Path of a file that holds the workload's token, a JWT, and nothing else. It is re-read at every sign-in. Set either this or `token`.",
						Optional:            true,
						Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
					},
				},
			},
			"organization_id": schema.StringAttribute{
				MarkdownDescription: "ID (a UUID) of the HCP organization. " +
					"Default: environment variable `HCP_ORGANIZATION_ID`, or else the organization of the project, " +
					"or the only one that the principal belongs to.",
				Optional:   true,
				Validators: []validator.String{validUUID()},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "ID (a UUID) of the HCP project whose registry is read. " +
					"Default: environment variable `HCP_PROJECT_ID`, or else the oldest project of the organization, as in Packer, with a warning if there are several.",
				Optional:   true,
				Validators: []validator.String{validUUID()},
			},
			"allow_revoked": schema.BoolAttribute{
				MarkdownDescription: "Default of `allow_revoked` in the data sources, for modules that you cannot edit. " +
					"Anything created or replaced then uses the revoked image. Default: `false`.",
				Optional: true,
			},
			"geography": schema.StringAttribute{
				MarkdownDescription: "Geography of HCP: `us` or `eu`. Addresses in the environment, such as `HCP_API_ADDRESS`, take precedence. Default: environment variable `HCP_GEOGRAPHY`, or else `us`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf("us", "eu")},
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
	if len(model.unknown()) > 0 && req.ClientCapabilities.DeferralAllowed {
		resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}
		return
	}
	resp.DataSourceData = p.newProviderData(model, req.TerraformVersion)
}

// providerData is what the data sources get from the provider.
type providerData struct {
	resolver     *registry.Resolver
	location     registry.Location
	allowRevoked bool // unless a data source sets it
	// err is why there is no resolver. It is reported by the first read, so that
	// operations that read nothing, such as the apply of a saved plan, need no
	// credentials.
	err error
}

// newProviderData makes no request.
func (p *packerProvider) newProviderData(model providerModel, terraformVersion string) *providerData {
	cfg, location, err := resolveConfig(model, p.getenv)
	if err != nil {
		return &providerData{err: err}
	}
	cfg.SourceChannel = "terraform-provider-packer/" + p.version
	cfg.UserAgent = fmt.Sprintf("%s Terraform/%s", cfg.SourceChannel, terraformVersion)
	cfg.Observe = logAttempt
	client, err := hcp.NewClient(cfg)
	if err != nil {
		return &providerData{err: &configError{err}}
	}
	return &providerData{
		resolver:     registry.NewResolver(client, p.now),
		location:     location,
		allowRevoked: model.AllowRevoked.ValueBool(),
	}
}

func (p *packerProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newImageIterationDataSource, newImageStatusDataSource}
}

func (p *packerProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newImageIDFunction, newImageIDsFunction}
}

func (p *packerProvider) Resources(context.Context) []func() resource.Resource {
	return nil
}
