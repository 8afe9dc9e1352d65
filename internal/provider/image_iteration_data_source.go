package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

type imageIterationDataSource struct {
	baseDataSource
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
	if err != nil {
		resp.Diagnostics.Append(iterationErrorDiagnostic(resolution.Reference, timeout, err))
		return
	}

	builds, err := config.selector().Filter(resolution.Iteration.Builds)
	if err != nil {
		resp.Diagnostics.Append(iterationErrorDiagnostic(resolution.Reference, timeout, err))
		return
	}

	state, err := encodeState(resolution, builds, maxStateSize)
	if err == nil {
		err = setComputedState(ctx, state)
	}
	if err != nil {
		resp.Diagnostics.Append(iterationErrorDiagnostic(resolution.Reference, timeout, err))
	}
}

// resolve resolves the configured reference within the timeout. What the configuration
// leaves open is that of the provider.
func (d *imageIterationDataSource) resolve(ctx context.Context, config *imageIterationConfig, timeout time.Duration) (registry.Resolution, error) {
	query := registry.Query{Reference: config.reference(), AllowRevoked: config.AllowRevoked.ValueBool()}
	if err := d.checkUsable(); err != nil {
		return registry.Resolution{Reference: query.Reference}, err
	}
	query.Reference.Location = query.Reference.Or(d.providerData.location)
	if config.AllowRevoked.IsNull() {
		query.AllowRevoked = d.providerData.allowRevoked
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return d.providerData.resolver.Resolve(ctx, query)
}
