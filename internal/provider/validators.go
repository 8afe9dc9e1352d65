package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// nameValidator accepts the names of buckets and channels.
type nameValidator struct{}

func (nameValidator) Description(context.Context) string {
	return "ASCII letters, digits, '-', '_' and '.'"
}

func (v nameValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (nameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := registry.CheckName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Name",
			fmt.Sprintf("This is no usable %s name: %s.", req.Path, err))
	}
}

// uuidValidator accepts the IDs of organizations and projects.
type uuidValidator struct{}

func (uuidValidator) Description(context.Context) string {
	return "a UUID, such as 3f2c1f9e-5a0b-4c57-9d0e-8b1f6d2a7c43"
}

func (v uuidValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (v uuidValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || registry.IsUUID(req.ConfigValue.ValueString()) {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid ID",
		fmt.Sprintf("%s is %q; it must be %s. HCP shows it in the settings of the organization or project.",
			req.Path, req.ConfigValue.ValueString(), v.Description(ctx)))
}

// resourceNameValidator accepts resource names of workload identity providers.
type resourceNameValidator struct{}

func (resourceNameValidator) Description(context.Context) string {
	return "iam/project/PROJECT/service-principal/NAME/workload-identity-provider/NAME"
}

func (v resourceNameValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (resourceNameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := hcp.CheckResourceName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Resource Name", sentence(err))
	}
}
