package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// defaultReadTimeout includes retries: a rate limit of one minute can be waited
// out.
const defaultReadTimeout = 2 * time.Minute

type imageIterationDataSource struct {
	providerData *providerData
}

var (
	_ datasource.DataSourceWithConfigure      = (*imageIterationDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*imageIterationDataSource)(nil)
)

func newImageIterationDataSource() datasource.DataSource {
	return &imageIterationDataSource{}
}

func (d *imageIterationDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_image_iteration"
}

func (d *imageIterationDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
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
func (d *imageIterationDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var configured timeouts.Value
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &configured)...)
	timeout, diags := configured.Read(ctx, defaultReadTimeout)
	if !diags.HasError() && timeout <= 0 {
		resp.Diagnostics.Append(invalidTimeoutDiagnostic(timeout))
	}
}

func (d *imageIterationDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config imageIterationConfig
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	timeout, diags := config.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	resolution, err := d.resolve(ctx, &config, timeout)
	resp.Diagnostics.Append(resolutionWarnings(resolution)...)
	target := readTarget{resolution.Reference, timeout}
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(target, err))
		return
	}

	builds, err := config.selector().Filter(resolution.Iteration.Builds)
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(target, err))
		return
	}

	state, err := encodeState(resolution, builds, maxStateSize)
	if err == nil {
		err = setComputedState(ctx, state)
	}
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(target, err))
	}
}

// resolve resolves the configured reference within the timeout. What the configuration
// leaves open is that of the provider.
func (d *imageIterationDataSource) resolve(ctx context.Context, config *imageIterationConfig, timeout time.Duration) (registry.Resolution, error) {
	query := registry.Query{Reference: config.reference(), AllowRevoked: config.AllowRevoked.ValueBool()}
	if d.providerData == nil {
		return registry.Resolution{Reference: query.Reference}, &internalError{errors.New("the data source was read before the provider was configured")}
	}
	if d.providerData.err != nil {
		return registry.Resolution{Reference: query.Reference}, d.providerData.err
	}
	query.Reference.Location = query.Reference.Or(d.providerData.location)
	if config.AllowRevoked.IsNull() {
		query.AllowRevoked = d.providerData.allowRevoked
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return d.providerData.resolver.Resolve(ctx, query)
}
