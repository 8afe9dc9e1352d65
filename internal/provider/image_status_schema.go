package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (d *imageStatusDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Tells whether an image has been revoked since it was published to an HCP Packer registry, " +
			"and warns if it has been or will be.",
		Attributes: map[string]schema.Attribute{
			"image_id": schema.StringAttribute{
				MarkdownDescription: "The cloud provider's ID of the image, such as `ami-0c7d2f5b1e9a84d63`, spelled as Packer published it.",
				Required:            true,
				Validators:          []validator.String{validText()},
			},
			"cloud_provider": schema.StringAttribute{
				MarkdownDescription: "The platform of the image, as the registry names it, such as `aws`, `azure` or `gce`.",
				Required:            true,
				Validators:          []validator.String{validText()},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Only the image of this region, as the cloud provider names it, such as `eu-central-1`.",
				Optional:            true,
				Validators:          []validator.String{validText()},
			},
			"project_id":      projectIDAttribute(),
			"organization_id": organizationIDAttribute(),
			"timeouts":        timeoutsAttribute(ctx),

			"tracked": schema.BoolAttribute{
				MarkdownDescription: "Whether the registry knows the image. If it does not, for example because `image_id` or `cloud_provider` is spelled differently, `revoked` is `false`.",
				Computed:            true,
			},
			"revoked": schema.BoolAttribute{
				MarkdownDescription: "Whether any of the iterations that published the image is revoked now.",
				Computed:            true,
			},
			"revoke_at": computedString("The earliest revocation date of these iterations, past or scheduled. It can be in the future even if `revoked` is `true`."),
			// Not a list of nested attributes: see images in image_iteration_schema.go.
			"iterations": schema.ListAttribute{
				MarkdownDescription: "The iterations that published the image, in the registry's order. One with several builds or regions has an entry for each.",
				ElementType:         types.ObjectType{AttrTypes: publicationTypes},
				Computed:            true,
			},
		},
	}
}

// publicationTypes are the types of publicationState.
var publicationTypes = map[string]attr.Type{
	"bucket":             types.StringType,
	"id":                 types.StringType,
	"version":            types.StringType,
	"fingerprint":        types.StringType,
	"author_id":          types.StringType,
	"status":             types.StringType,
	"revoked":            types.BoolType,
	"revoke_at":          types.StringType,
	"revocation_message": types.StringType,
	"revocation_author":  types.StringType,
	"revocation_type":    types.StringType,
	"build_id":           types.StringType,
	"component_type":     types.StringType,
	"cloud_provider":     types.StringType,
	"region":             types.StringType,
	"labels":             types.MapType{ElemType: types.StringType},
}
