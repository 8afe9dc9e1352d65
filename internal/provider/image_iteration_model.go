package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// imageIterationModel is the configuration and the state of the data source.
type imageIterationModel struct {
	Bucket         types.String   `tfsdk:"bucket"`
	Channel        types.String   `tfsdk:"channel"`
	ProjectID      types.String   `tfsdk:"project_id"`
	OrganizationID types.String   `tfsdk:"organization_id"`
	CloudProvider  types.String   `tfsdk:"cloud_provider"`
	Region         types.String   `tfsdk:"region"`
	ComponentType  types.String   `tfsdk:"component_type"`
	Labels         types.Map      `tfsdk:"labels"`
	AllowRevoked   types.Bool     `tfsdk:"allow_revoked"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`

	ID                      types.String `tfsdk:"id"`
	Version                 types.String `tfsdk:"version"`
	IncrementalVersion      types.Int64  `tfsdk:"incremental_version"`
	Fingerprint             types.String `tfsdk:"fingerprint"`
	AuthorID                types.String `tfsdk:"author_id"`
	TemplateType            types.String `tfsdk:"template_type"`
	Status                  types.String `tfsdk:"status"`
	CreatedAt               types.String `tfsdk:"created_at"`
	UpdatedAt               types.String `tfsdk:"updated_at"`
	RevokeAt                types.String `tfsdk:"revoke_at"`
	RevocationMessage       types.String `tfsdk:"revocation_message"`
	RevocationAuthor        types.String `tfsdk:"revocation_author"`
	RevocationType          types.String `tfsdk:"revocation_type"`
	RevocationInheritedFrom types.Object `tfsdk:"revocation_inherited_from"`
	ParentsStatus           types.String `tfsdk:"parents_status"`
	HasDescendants          types.Bool   `tfsdk:"has_descendants"`
	ChannelID               types.String `tfsdk:"channel_id"`
	Builds                  types.List   `tfsdk:"builds"`
	Images                  types.List   `tfsdk:"images"`
}

// asked returns the channel that the configuration names.
func (m *imageIterationModel) asked() registry.Channel {
	return registry.Channel{
		Location: registry.Location{
			OrganizationID: m.OrganizationID.ValueString(),
			ProjectID:      m.ProjectID.ValueString(),
		},
		Bucket: m.Bucket.ValueString(),
		Name:   m.Channel.ValueString(),
	}
}

// selector returns the filters of the configuration.
func (m *imageIterationModel) selector() registry.Selector {
	labels := make(map[string]string)
	for name, value := range m.Labels.Elements() {
		labels[name] = value.(types.String).ValueString() //nolint:forcetypeassert // the schema says so
	}
	return registry.Selector{
		CloudProvider: m.CloudProvider.ValueString(),
		Region:        m.Region.ValueString(),
		ComponentType: m.ComponentType.ValueString(),
		Labels:        labels,
	}
}

// set fills in what the registry answered, with those of its builds that the
// filters left.
func (m *imageIterationModel) set(resolution registry.Resolution, builds []registry.Build) {
	m.ProjectID = text(resolution.Channel.ProjectID)
	m.OrganizationID = text(resolution.Channel.OrganizationID)

	iteration := resolution.Iteration
	m.ID = text(iteration.ID)
	m.Version = text(iteration.Version)
	m.IncrementalVersion = types.Int64Null()
	if number, ok := iteration.IncrementalVersion(); ok {
		m.IncrementalVersion = types.Int64Value(number)
	}
	m.Fingerprint = text(iteration.Fingerprint)
	m.AuthorID = text(iteration.AuthorID)
	m.TemplateType = text(iteration.TemplateType)
	m.Status = text(iteration.Status)
	m.CreatedAt = timestamp(iteration.CreatedAt)
	m.UpdatedAt = timestamp(iteration.UpdatedAt)
	m.RevokeAt = timestamp(iteration.Revocation.At)
	m.RevocationMessage = text(iteration.Revocation.Message)
	m.RevocationAuthor = text(iteration.Revocation.Author)
	m.RevocationType = text(iteration.Revocation.Type)
	m.RevocationInheritedFrom = ancestorValue(iteration.Revocation.InheritedFrom)
	m.ParentsStatus = text(iteration.ParentsStatus)
	m.HasDescendants = types.BoolValue(iteration.HasDescendants)
	m.ChannelID = text(iteration.ChannelID)
	m.Builds, m.Images = buildValues(builds)
}

// The types of the nested objects, as the schema has them.
var (
	ancestorTypes = map[string]attr.Type{
		"bucket":       types.StringType,
		"iteration_id": types.StringType,
		"fingerprint":  types.StringType,
		"version":      types.StringType,
	}
	buildImageTypes = map[string]attr.Type{
		"id":         types.StringType,
		"image_id":   types.StringType,
		"region":     types.StringType,
		"created_at": types.StringType,
	}
	buildTypes = map[string]attr.Type{
		"id":              types.StringType,
		"iteration_id":    types.StringType,
		"component_type":  types.StringType,
		"cloud_provider":  types.StringType,
		"status":          types.StringType,
		"labels":          labelsType,
		"packer_run_uuid": types.StringType,
		"source_image_id": types.StringType,
		"created_at":      types.StringType,
		"updated_at":      types.StringType,
		"images":          types.ListType{ElemType: types.ObjectType{AttrTypes: buildImageTypes}},
	}
	imageTypes = map[string]attr.Type{
		"image_id":       types.StringType,
		"cloud_provider": types.StringType,
		"region":         types.StringType,
		"component_type": types.StringType,
		"build_id":       types.StringType,
		"labels":         labelsType,
		"id":             types.StringType,
		"created_at":     types.StringType,
	}
	labelsType = types.MapType{ElemType: types.StringType}
)

func ancestorValue(ancestor *registry.Ancestor) types.Object {
	if ancestor == nil {
		return types.ObjectNull(ancestorTypes)
	}
	return types.ObjectValueMust(ancestorTypes, map[string]attr.Value{
		"bucket":       text(ancestor.Bucket),
		"iteration_id": text(ancestor.IterationID),
		"fingerprint":  text(ancestor.Fingerprint),
		"version":      text(ancestor.Version),
	})
}

// buildValues returns the builds with their images, and the same images flat.
func buildValues(builds []registry.Build) (nested, flat types.List) {
	buildElements := make([]attr.Value, 0, len(builds))
	imageElements := make([]attr.Value, 0, len(builds))
	for _, build := range builds {
		labels := labelsValue(build.Labels)
		buildElements = append(buildElements, buildValue(build, labels))
		for _, image := range build.Images {
			imageElements = append(imageElements, imageValue(build, labels, image))
		}
	}
	return types.ListValueMust(types.ObjectType{AttrTypes: buildTypes}, buildElements),
		types.ListValueMust(types.ObjectType{AttrTypes: imageTypes}, imageElements)
}

func buildValue(build registry.Build, labels types.Map) types.Object {
	images := make([]attr.Value, len(build.Images))
	for i, image := range build.Images {
		images[i] = types.ObjectValueMust(buildImageTypes, map[string]attr.Value{
			"id":         text(image.ID),
			"image_id":   text(image.ImageID),
			"region":     text(image.Region),
			"created_at": timestamp(image.CreatedAt),
		})
	}
	return types.ObjectValueMust(buildTypes, map[string]attr.Value{
		"id":              text(build.ID),
		"iteration_id":    text(build.IterationID),
		"component_type":  text(build.ComponentType),
		"cloud_provider":  text(build.CloudProvider),
		"status":          text(build.Status),
		"labels":          labels,
		"packer_run_uuid": text(build.PackerRunUUID),
		"source_image_id": text(build.SourceImageID),
		"created_at":      timestamp(build.CreatedAt),
		"updated_at":      timestamp(build.UpdatedAt),
		"images":          types.ListValueMust(types.ObjectType{AttrTypes: buildImageTypes}, images),
	})
}

func imageValue(build registry.Build, labels types.Map, image registry.Image) types.Object {
	return types.ObjectValueMust(imageTypes, map[string]attr.Value{
		"image_id":       text(image.ImageID),
		"cloud_provider": text(build.CloudProvider),
		"region":         text(image.Region),
		"component_type": text(build.ComponentType),
		"build_id":       text(build.ID),
		"labels":         labels,
		"id":             text(image.ID),
		"created_at":     timestamp(image.CreatedAt),
	})
}

func labelsValue(labels map[string]string) types.Map {
	elements := make(map[string]attr.Value, len(labels))
	for key, value := range labels {
		elements[key] = types.StringValue(value)
	}
	return types.MapValueMust(types.StringType, elements)
}

// text is null for what the registry left out.
func text(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// timestamp is in RFC 3339, UTC, and null for what the registry left out.
func timestamp(t time.Time) types.String {
	if t.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(t.UTC().Format(time.RFC3339Nano))
}
