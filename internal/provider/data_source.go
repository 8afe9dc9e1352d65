package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

// defaultReadTimeout includes retries: a rate limit of one minute can be waited
// out.
const defaultReadTimeout = 2 * time.Minute

// baseDataSource is what the data sources have in common.
type baseDataSource struct {
	providerData *providerData
}

func (d *baseDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if req.ProviderData == nil { // Terraform validates without configuring the provider.
		return
	}
	data, ok := req.ProviderData.(*providerData)
	if !ok {
		resp.Diagnostics.Append(internalErrorDiagnostic(fmt.Errorf("the data source was configured with a %T", req.ProviderData)))
		return
	}
	d.providerData = data
}

// ValidateConfig rejects a timeout that leaves no time to read, which the
// attribute's own type accepts.
func (d *baseDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var configured timeouts.Value
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &configured)...)
	timeout, diags := configured.Read(ctx, defaultReadTimeout)
	if !diags.HasError() && timeout <= 0 {
		resp.Diagnostics.Append(invalidTimeoutDiagnostic(timeout))
	}
}

// checkUsable returns an error unless the provider's data has a resolver.
func (d *baseDataSource) checkUsable() error {
	if d.providerData == nil {
		return &internalError{errors.New("the data source was read before the provider was configured")}
	}
	return d.providerData.err
}

// getAttributes reads attributes of a configuration into the targets named for them.
func getAttributes(ctx context.Context, config tfsdk.Config, targets map[string]any) diag.Diagnostics {
	var diags diag.Diagnostics
	for name, target := range targets {
		diags.Append(config.GetAttribute(ctx, path.Root(name), target)...)
	}
	return diags
}

func projectIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "ID (a UUID) of the HCP project whose registry is read. Default: the provider's, or else the one that is looked up.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{validUUID()},
	}
}

func organizationIDAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "ID (a UUID) of the project's HCP organization. Default: the provider's, or else the one that is looked up.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{validUUID()},
	}
}

func timeoutsAttribute(ctx context.Context) schema.Attribute {
	return timeouts.AttributesWithOpts(ctx, timeouts.Opts{
		ReadDescription: "How long the read may take, including retries: a duration such as `30s` or `5m`. Default: `2m`.",
	})
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}
