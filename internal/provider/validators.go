package provider

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// stringValidator is a validator.String.
type stringValidator struct {
	description string // of the values that are accepted
	summary     string // of the diagnostic
	// problem says what is wrong with an attribute's value, or is empty.
	problem func(attribute path.Path, value string) string
}

func (v stringValidator) Description(context.Context) string         { return v.description }
func (v stringValidator) MarkdownDescription(context.Context) string { return v.description }

func (v stringValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if problem := v.problem(req.Path, req.ConfigValue.ValueString()); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, v.summary, problem)
	}
}

// validName accepts the names of buckets and channels.
func validName() validator.String {
	return stringValidator{
		description: "ASCII letters, digits, '-', '_' and '.'",
		summary:     "Invalid Name",
		problem: func(attribute path.Path, value string) string {
			if err := registry.CheckName(value); err != nil {
				return fmt.Sprintf("Invalid %s name: %s.", attribute, err)
			}
			return ""
		},
	}
}

// validText accepts text that names something elsewhere.
func validText() validator.String {
	return stringValidator{
		description: "not empty, only printable characters, without spaces around them",
		summary:     "Invalid Text",
		problem: func(attribute path.Path, value string) string {
			switch {
			case value == "":
				return fmt.Sprintf("%s must not be empty.", attribute)
			case strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }):
				return fmt.Sprintf("%s is %q, which contains a character that cannot be printed.", attribute, value)
			case strings.TrimSpace(value) != value:
				return fmt.Sprintf("%s is %q. Remove the spaces around it.", attribute, value)
			default:
				return ""
			}
		},
	}
}

// validUUID accepts the IDs of organizations and projects.
func validUUID() validator.String {
	const example = "3f2c1f9e-5a0b-4c57-9d0e-8b1f6d2a7c43"
	return stringValidator{
		description: "a UUID, such as " + example,
		summary:     "Invalid ID",
		problem: func(attribute path.Path, value string) string {
			if registry.IsUUID(value) {
				return ""
			}
			return fmt.Sprintf("%s is %q, which is not a UUID such as %s. HCP shows it in the settings of the organization or project.",
				attribute, value, example)
		},
	}
}

// validResourceName accepts resource names of workload identity providers.
func validResourceName() validator.String {
	return stringValidator{
		description: "iam/project/PROJECT/service-principal/NAME/workload-identity-provider/NAME",
		summary:     "Invalid Resource Name",
		problem: func(_ path.Path, value string) string {
			if err := auth.CheckResourceName(value); err != nil {
				return sentence(err.Error())
			}
			return ""
		},
	}
}
