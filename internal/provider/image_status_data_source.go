package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

type imageStatusDataSource struct {
	baseDataSource
}

var (
	_ datasource.DataSourceWithConfigure      = (*imageStatusDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*imageStatusDataSource)(nil)
)

func newImageStatusDataSource() datasource.DataSource {
	return &imageStatusDataSource{}
}

func (d *imageStatusDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_image_status"
}

func (d *imageStatusDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config imageStatusConfig
	resp.Diagnostics.Append(config.get(ctx, req.Config)...)
	timeout, diags := config.Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}

	status, err := d.status(ctx, &config, timeout)
	resp.Diagnostics.Append(imageStatusWarnings(status)...)
	if err != nil {
		resp.Diagnostics.Append(imageErrorDiagnostic(status.Reference, timeout, err))
		return
	}

	state, err := encodeImageStatus(status, maxStateSize)
	if err == nil {
		err = setComputedState(ctx, state)
	}
	if err != nil {
		resp.Diagnostics.Append(imageErrorDiagnostic(status.Reference, timeout, err))
	}
}

// status finds out the status of the configured image within the timeout. The location
// that the configuration leaves open is that of the provider.
func (d *imageStatusDataSource) status(ctx context.Context, config *imageStatusConfig, timeout time.Duration) (registry.ImageStatus, error) {
	ref := config.reference()
	if err := d.checkUsable(); err != nil {
		return registry.ImageStatus{Reference: ref}, err
	}
	ref.Location = ref.Or(d.providerData.location)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return d.providerData.resolver.ImageStatus(ctx, ref)
}
