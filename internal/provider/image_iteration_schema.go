package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (d *imageIterationDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Resolves a channel of an HCP Packer bucket to the image iteration that it points at, " +
			"and fails when that iteration is revoked.",
		Attributes: map[string]schema.Attribute{
			"bucket": schema.StringAttribute{
				MarkdownDescription: "Name of the bucket: ASCII letters, digits, `-`, `_` and `.`.",
				Required:            true,
				Validators:          []validator.String{validName()},
			},
			"channel": schema.StringAttribute{
				MarkdownDescription: "Name of the channel, of the same characters.",
				Required:            true,
				Validators:          []validator.String{validName()},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "ID (a UUID) of the HCP project whose registry is read. Default: the provider's, or else the one that is looked up. Never null.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{validUUID()},
			},
			"organization_id": schema.StringAttribute{
				MarkdownDescription: "ID (a UUID) of the project's HCP organization. Default: the provider's, or else the one that is looked up. Never null.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{validUUID()},
			},
			"cloud_provider": schema.StringAttribute{
				MarkdownDescription: "Only the builds and images of this platform, such as `aws`. The value must be exactly the registry's.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Only the images in this region, in the cloud's own words, such as `eu-central-1`, and their builds. The value must be exactly the registry's.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"component_type": schema.StringAttribute{
				MarkdownDescription: "Only the builds and images of this Packer source, such as `amazon-ebs.ubuntu`. The value must be exactly the registry's.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"labels": schema.MapAttribute{
				MarkdownDescription: "Only the builds that carry all of these labels, and their images.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Map{mapvalidator.NoNullValues()},
			},
			"allow_revoked": schema.BoolAttribute{
				MarkdownDescription: "Whether to read a revoked iteration with a warning in place of the error, " +
					"so that what runs on it can still be changed or destroyed. Default: `false`.",
				Optional: true,
			},
			"timeouts": timeouts.AttributesWithOpts(ctx, timeouts.Opts{
				ReadDescription: "How long reading may take, retries and all, as a duration such as `30s` or `2m`. Default: `1m`.",
			}),

			"id":      computedString("ULID of the iteration. Never null."),
			"version": computedString("Name of the iteration as HCP shows it, such as `v7`; null if it has none."),
			"incremental_version": schema.Int64Attribute{
				MarkdownDescription: "Number of the iteration within its bucket: `7` for `v7`; null if it has none, as while it is incomplete.",
				Computed:            true,
			},
			"fingerprint":   computedString("Fingerprint that Packer gave the iteration: a ULID, unless `HCP_PACKER_BUILD_FINGERPRINT` was set; null if HCP gives none."),
			"author_id":     computedString("The author of the iteration, as HCP names them; null if HCP gives none."),
			"template_type": computedString("Language of the Packer template: `HCL2` or `JSON`; null if HCP gives none."),
			"status": computedString("Status of the iteration: `ACTIVE`, `REVOCATION_SCHEDULED`, `REVOKED`, `RUNNING`, " +
				"`INCOMPLETE`, `CANCELLED`, `FAILED`, or one that HCP added since; null if HCP gives none."),
			"created_at": computedString("When the iteration was created, in RFC 3339, UTC; null if HCP gives no date."),
			"updated_at": computedString("When the iteration was last changed, in RFC 3339, UTC; null if HCP gives no date."),

			"revoke_at":          computedString("When the revocation takes or took effect, in RFC 3339, UTC; null when there is no revocation, or HCP gives no date."),
			"revocation_message": computedString("Reason given for the revocation; null when there is no revocation, or no reason was given."),
			"revocation_author":  computedString("Who revoked the iteration, or scheduled its revocation; null when nobody did, or HCP does not say who."),
			"revocation_type":    computedString("`MANUAL`, or `INHERITED` from an ancestor; null when there is no revocation, or HCP does not say."),
			"revocation_inherited_from": schema.SingleNestedAttribute{
				MarkdownDescription: "The ancestor whose revocation this iteration inherited; null if it inherited none, or HCP does not name the ancestor.",
				Computed:            true,
				Attributes: map[string]schema.Attribute{
					"bucket":       computedString("Name of the ancestor's bucket; null if HCP gives none."),
					"iteration_id": computedString("ULID of the ancestor; null if HCP gives none."),
					"fingerprint":  computedString("Fingerprint of the ancestor; null if HCP gives none."),
					"version":      computedString("Name of the ancestor, such as `v2`; null if HCP gives none."),
				},
			},

			"parents_status": computedString("Whether the iteration was built from the newest iterations of its parents: " +
				"`UP_TO_DATE`, `OUT_OF_DATE` or `UNDETERMINED`; null if HCP does not say."),
			"has_descendants": schema.BoolAttribute{
				MarkdownDescription: "Whether other iterations were built from this one. Never null.",
				Computed:            true,
			},
			"channel_id": computedString("ULID of the channel; null if HCP gives none."),

			"builds": schema.ListNestedAttribute{
				MarkdownDescription: "The iteration's builds, one for each source of the Packer template, in the registry's order. Never null.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: buildAttributes()},
			},
			// Not a nested attribute: Terraform's mocks can give such a list no
			// elements, and modules that use it could not be tested.
			"images": schema.ListAttribute{
				MarkdownDescription: "The images of all builds in one list, in the registry's order. Never null. Each has " +
					"`image_id`, the cloud's identifier of the image, such as `ami-0c7d2f5b1e9a84d63`; " +
					"`cloud_provider`, the platform that it runs on; `region`, in the cloud's own words; " +
					"`component_type`, the Packer source that was built; `build_id` and `labels` of its build; " +
					"`id`, the ULID of the registry's record; and `created_at`, when that was made, in RFC 3339, UTC. " +
					"Each of them but `labels` is null if HCP leaves it out.",
				ElementType: types.ObjectType{AttrTypes: imageTypes},
				Computed:    true,
			},
		},
	}
}

func buildAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":             computedString("ULID of the build; null if HCP gives none."),
		"iteration_id":   computedString("ULID of the iteration that the build belongs to; null if HCP gives none."),
		"component_type": computedString("The Packer source that was built, such as `amazon-ebs.ubuntu`; null if HCP gives none."),
		"cloud_provider": computedString("The platform that the images run on, such as `aws`; null if HCP gives none."),
		"status":         computedString("Status of the build: `DONE`, `RUNNING`, `CANCELLED` or `FAILED`; null if HCP gives none."),
		"labels": schema.MapAttribute{
			MarkdownDescription: "Labels of the build. Never null.",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"packer_run_uuid": computedString("UUID of the run of `packer build`; null if HCP gives none."),
		"source_image_id": computedString("The cloud's identifier of the image that the build started from; null if HCP gives none."),
		"created_at":      computedString("When the build was created, in RFC 3339, UTC; null if HCP gives none."),
		"updated_at":      computedString("When the build was last changed, in RFC 3339, UTC; null if HCP gives none."),
		"images": schema.ListNestedAttribute{
			MarkdownDescription: "The build's images, one for each region. Never null.",
			Computed:            true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":         computedString("ULID of the registry's record of the image; null if HCP gives none."),
				"image_id":   computedString("The cloud's identifier of the image, such as `ami-0c7d2f5b1e9a84d63`; null if HCP gives none."),
				"region":     computedString("The region, in the cloud's own words, such as `eu-central-1`; null if HCP gives none."),
				"created_at": computedString("When the record was created, in RFC 3339, UTC; null if HCP gives none."),
			}},
		},
	}
}

// imageTypes are the types of imageState.
var imageTypes = map[string]attr.Type{
	"image_id":       types.StringType,
	"cloud_provider": types.StringType,
	"region":         types.StringType,
	"component_type": types.StringType,
	"build_id":       types.StringType,
	"labels":         types.MapType{ElemType: types.StringType},
	"id":             types.StringType,
	"created_at":     types.StringType,
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}
