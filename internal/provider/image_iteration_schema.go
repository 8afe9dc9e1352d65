package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Schema leaves out what the documentation says once of all computed attributes:
// they are null when HCP does not provide them, lists and maps are empty instead,
// and times are in RFC 3339.
func (d *imageIterationDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the images of an HCP Packer bucket: those of the iteration that a channel points to, or of one exact iteration. " +
			"Fails if the iteration is revoked.",
		Attributes: map[string]schema.Attribute{
			"bucket": schema.StringAttribute{
				MarkdownDescription: "Name of the bucket.",
				Required:            true,
				Validators:          []validator.String{validName()},
			},
			"channel": schema.StringAttribute{
				MarkdownDescription: "Name of the channel. Set either this or `fingerprint`.",
				Optional:            true,
				Validators: []validator.String{
					validName(),
					stringvalidator.ExactlyOneOf(path.MatchRoot("channel"), path.MatchRoot("fingerprint")),
				},
			},
			"fingerprint": schema.StringAttribute{
				MarkdownDescription: "Fingerprint of the iteration: a ULID, or `HCP_PACKER_BUILD_FINGERPRINT` as set when Packer ran, such as a git commit. " +
					"Set either this or `channel`. With `channel`, this is the fingerprint of the channel's iteration.",
				Optional:   true,
				Computed:   true,
				Validators: []validator.String{validName()},
			},
			"project_id":      projectIDAttribute(),
			"organization_id": organizationIDAttribute(),
			"cloud_provider": schema.StringAttribute{
				MarkdownDescription: "Only builds and images of this platform, such as `aws`, `azure` or `gce`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Only images in this region, such as `eu-central-1`, and their builds.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"component_type": schema.StringAttribute{
				MarkdownDescription: "Only builds and images of this Packer source, such as `amazon-ebs.ubuntu`.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"labels": schema.MapAttribute{
				MarkdownDescription: "Only builds that have all of these labels, and their images.",
				ElementType:         types.StringType,
				Optional:            true,
				Validators:          []validator.Map{mapvalidator.NoNullValues()},
			},
			"allow_revoked": schema.BoolAttribute{
				MarkdownDescription: "Whether a revoked iteration is a warning instead of an error. Default: the provider's `allow_revoked`.",
				Optional:            true,
			},
			"timeouts": timeoutsAttribute(ctx),

			"id":      computedString("ULID of the iteration."),
			"version": computedString("Name of the iteration in HCP, such as `v7`."),
			"incremental_version": schema.Int64Attribute{
				MarkdownDescription: "Number of the iteration within its bucket: `7` for `v7`. An incomplete iteration has none.",
				Computed:            true,
			},
			"author_id":     computedString("Author of the iteration, as HCP names them."),
			"template_type": computedString("Language of the Packer template: `HCL2` or `JSON`."),
			"status": computedString("Status of the iteration: `ACTIVE`, `REVOCATION_SCHEDULED`, `REVOKED`, `RUNNING`, " +
				"`INCOMPLETE`, `CANCELLED`, `FAILED`, or one that HCP adds later."),
			"created_at": computedString("When the iteration was created."),
			"updated_at": computedString("When the iteration was last changed."),

			"revoke_at":          computedString("When the revocation takes or took effect."),
			"revocation_message": computedString("Reason given for the revocation."),
			"revocation_author":  computedString("Who revoked the iteration or scheduled its revocation."),
			"revocation_type":    computedString("`MANUAL`, or `INHERITED` from an ancestor."),
			"revocation_inherited_from": schema.SingleNestedAttribute{
				MarkdownDescription: "The ancestor whose revocation this iteration inherited.",
				Computed:            true,
				Attributes: map[string]schema.Attribute{
					"bucket":       computedString("Name of the ancestor's bucket."),
					"iteration_id": computedString("ULID of the ancestor."),
					"fingerprint":  computedString("Fingerprint of the ancestor."),
					"version":      computedString("Name of the ancestor, such as `v2`."),
				},
			},

			"parents_status": computedString("Whether the iteration was built from the newest iterations of its parents: " +
				"`UP_TO_DATE`, `OUT_OF_DATE` or `UNDETERMINED`."),
			"has_descendants": schema.BoolAttribute{
				MarkdownDescription: "Whether other iterations were built from this one.",
				Computed:            true,
			},
			"channel_id":         computedString("ULID of the channel; null when read by fingerprint."),
			"channel_author_id":  computedString("Who last changed the channel; null when read by fingerprint."),
			"channel_updated_at": computedString("When the channel was last changed; null when read by fingerprint."),

			"builds": schema.ListNestedAttribute{
				MarkdownDescription: "The builds, one for each source of the Packer template, in the registry's order.",
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: buildAttributes()},
			},
			// Not a list of nested attributes: Terraform's mocks leave such a list
			// empty, so that modules that use the images could not be tested. The
			// template of the documentation describes the members.
			"images": schema.ListAttribute{
				MarkdownDescription: "The images of all builds, in the registry's order.",
				ElementType:         types.ObjectType{AttrTypes: imageTypes},
				Computed:            true,
			},
		},
	}
}

func buildAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":             computedString("ULID of the build."),
		"iteration_id":   computedString("ULID of the iteration that the build belongs to."),
		"component_type": computedString("The Packer source that was built, such as `amazon-ebs.ubuntu`."),
		"cloud_provider": computedString("The platform that the images run on, such as `aws`."),
		"status":         computedString("Status of the build: `DONE`, `RUNNING`, `CANCELLED` or `FAILED`."),
		"labels": schema.MapAttribute{
			MarkdownDescription: "Labels of the build.",
			ElementType:         types.StringType,
			Computed:            true,
		},
		"packer_run_uuid": computedString("UUID of the run of `packer build`."),
		"source_image_id": computedString("The cloud provider's ID of the image that the build started from."),
		"created_at":      computedString("When the build was created."),
		"updated_at":      computedString("When the build was last changed."),
		"images": schema.ListNestedAttribute{
			MarkdownDescription: "The build's images, one for each region.",
			Computed:            true,
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":         computedString("ULID of the registry's record of the image."),
				"image_id":   computedString("The cloud provider's ID of the image, such as `ami-0c7d2f5b1e9a84d63`."),
				"region":     computedString("The region, as the cloud provider names it, such as `eu-central-1`."),
				"created_at": computedString("When the record was created."),
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
