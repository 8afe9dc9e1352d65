package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// imageIterationConfig is what the configuration of the data source asks for.
type imageIterationConfig struct {
	bucket, channel                      types.String
	projectID, organizationID            types.String
	cloudProvider, region, componentType types.String
	labels                               map[string]string
	allowRevoked                         types.Bool
	timeouts                             timeouts.Value
}

func (c *imageIterationConfig) get(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	var diags diag.Diagnostics
	for name, target := range map[string]any{
		"bucket":          &c.bucket,
		"channel":         &c.channel,
		"project_id":      &c.projectID,
		"organization_id": &c.organizationID,
		"cloud_provider":  &c.cloudProvider,
		"region":          &c.region,
		"component_type":  &c.componentType,
		"labels":          &c.labels,
		"allow_revoked":   &c.allowRevoked,
		"timeouts":        &c.timeouts,
	} {
		diags.Append(config.GetAttribute(ctx, path.Root(name), target)...)
	}
	return diags
}

// asked returns the channel that the configuration names.
func (c *imageIterationConfig) asked() registry.Channel {
	return registry.Channel{
		Location: registry.Location{
			OrganizationID: c.organizationID.ValueString(),
			ProjectID:      c.projectID.ValueString(),
		},
		Bucket: c.bucket.ValueString(),
		Name:   c.channel.ValueString(),
	}
}

// selector returns the filters of the configuration.
func (c *imageIterationConfig) selector() registry.Selector {
	return registry.Selector{
		CloudProvider: c.cloudProvider.ValueString(),
		Region:        c.region.ValueString(),
		ComponentType: c.componentType.ValueString(),
		Labels:        c.labels,
	}
}

// The state of the data source, without what only the configuration sets: the
// attributes by the names that the schema gives them.
type (
	imageIterationState struct {
		ProjectID      optionalText `msgpack:"project_id"`
		OrganizationID optionalText `msgpack:"organization_id"`

		ID                      optionalText   `msgpack:"id"`
		Version                 optionalText   `msgpack:"version"`
		IncrementalVersion      *int64         `msgpack:"incremental_version"`
		Fingerprint             optionalText   `msgpack:"fingerprint"`
		AuthorID                optionalText   `msgpack:"author_id"`
		TemplateType            optionalText   `msgpack:"template_type"`
		Status                  optionalText   `msgpack:"status"`
		CreatedAt               optionalTime   `msgpack:"created_at"`
		UpdatedAt               optionalTime   `msgpack:"updated_at"`
		RevokeAt                optionalTime   `msgpack:"revoke_at"`
		RevocationMessage       optionalText   `msgpack:"revocation_message"`
		RevocationAuthor        optionalText   `msgpack:"revocation_author"`
		RevocationType          optionalText   `msgpack:"revocation_type"`
		RevocationInheritedFrom *ancestorState `msgpack:"revocation_inherited_from"`
		ParentsStatus           optionalText   `msgpack:"parents_status"`
		HasDescendants          bool           `msgpack:"has_descendants"`
		ChannelID               optionalText   `msgpack:"channel_id"`
		Builds                  []buildState   `msgpack:"builds"`
		Images                  []imageState   `msgpack:"images"`
	}
	ancestorState struct {
		Bucket      optionalText `msgpack:"bucket"`
		IterationID optionalText `msgpack:"iteration_id"`
		Fingerprint optionalText `msgpack:"fingerprint"`
		Version     optionalText `msgpack:"version"`
	}
	buildState struct {
		ID            optionalText      `msgpack:"id"`
		IterationID   optionalText      `msgpack:"iteration_id"`
		ComponentType optionalText      `msgpack:"component_type"`
		CloudProvider optionalText      `msgpack:"cloud_provider"`
		Status        optionalText      `msgpack:"status"`
		Labels        map[string]string `msgpack:"labels"`
		PackerRunUUID optionalText      `msgpack:"packer_run_uuid"`
		SourceImageID optionalText      `msgpack:"source_image_id"`
		CreatedAt     optionalTime      `msgpack:"created_at"`
		UpdatedAt     optionalTime      `msgpack:"updated_at"`
		Images        []buildImageState `msgpack:"images"`
	}
	buildImageState struct {
		ID        optionalText `msgpack:"id"`
		ImageID   optionalText `msgpack:"image_id"`
		Region    optionalText `msgpack:"region"`
		CreatedAt optionalTime `msgpack:"created_at"`
	}
	imageState struct {
		ImageID       optionalText      `msgpack:"image_id"`
		CloudProvider optionalText      `msgpack:"cloud_provider"`
		Region        optionalText      `msgpack:"region"`
		ComponentType optionalText      `msgpack:"component_type"`
		BuildID       optionalText      `msgpack:"build_id"`
		Labels        map[string]string `msgpack:"labels"`
		ID            optionalText      `msgpack:"id"`
		CreatedAt     optionalTime      `msgpack:"created_at"`
	}
)

// stateOf is the state after a read, with those builds that the filters left.
func stateOf(resolution registry.Resolution, builds []registry.Build) *imageIterationState {
	iteration := resolution.Iteration
	state := &imageIterationState{
		ProjectID:         optionalText(resolution.Channel.ProjectID),
		OrganizationID:    optionalText(resolution.Channel.OrganizationID),
		ID:                optionalText(iteration.ID),
		Version:           optionalText(iteration.Version),
		Fingerprint:       optionalText(iteration.Fingerprint),
		AuthorID:          optionalText(iteration.AuthorID),
		TemplateType:      optionalText(iteration.TemplateType),
		Status:            optionalText(iteration.Status),
		CreatedAt:         optionalTime(iteration.CreatedAt),
		UpdatedAt:         optionalTime(iteration.UpdatedAt),
		RevokeAt:          optionalTime(iteration.Revocation.At),
		RevocationMessage: optionalText(iteration.Revocation.Message),
		RevocationAuthor:  optionalText(iteration.Revocation.Author),
		RevocationType:    optionalText(iteration.Revocation.Type),
		ParentsStatus:     optionalText(iteration.ParentsStatus),
		HasDescendants:    iteration.HasDescendants,
		ChannelID:         optionalText(iteration.ChannelID),
		Builds:            make([]buildState, len(builds)),
		Images:            []imageState{},
	}
	if number, ok := iteration.IncrementalVersion(); ok {
		state.IncrementalVersion = &number
	}
	if ancestor := iteration.Revocation.InheritedFrom; ancestor != nil {
		state.RevocationInheritedFrom = &ancestorState{
			Bucket:      optionalText(ancestor.Bucket),
			IterationID: optionalText(ancestor.IterationID),
			Fingerprint: optionalText(ancestor.Fingerprint),
			Version:     optionalText(ancestor.Version),
		}
	}
	for i, build := range builds {
		state.Builds[i] = buildStateOf(build)
		for _, image := range build.Images {
			state.Images = append(state.Images, imageStateOf(build, image))
		}
	}
	return state
}

func buildStateOf(build registry.Build) buildState {
	images := make([]buildImageState, len(build.Images))
	for i, image := range build.Images {
		images[i] = buildImageState{
			ID:        optionalText(image.ID),
			ImageID:   optionalText(image.ImageID),
			Region:    optionalText(image.Region),
			CreatedAt: optionalTime(image.CreatedAt),
		}
	}
	return buildState{
		ID:            optionalText(build.ID),
		IterationID:   optionalText(build.IterationID),
		ComponentType: optionalText(build.ComponentType),
		CloudProvider: optionalText(build.CloudProvider),
		Status:        optionalText(build.Status),
		Labels:        neverNull(build.Labels),
		PackerRunUUID: optionalText(build.PackerRunUUID),
		SourceImageID: optionalText(build.SourceImageID),
		CreatedAt:     optionalTime(build.CreatedAt),
		UpdatedAt:     optionalTime(build.UpdatedAt),
		Images:        images,
	}
}

func imageStateOf(build registry.Build, image registry.Image) imageState {
	return imageState{
		ImageID:       optionalText(image.ImageID),
		CloudProvider: optionalText(build.CloudProvider),
		Region:        optionalText(image.Region),
		ComponentType: optionalText(build.ComponentType),
		BuildID:       optionalText(build.ID),
		Labels:        neverNull(build.Labels),
		ID:            optionalText(image.ID),
		CreatedAt:     optionalTime(image.CreatedAt),
	}
}

// optionalText is null for what the registry left out.
type optionalText string

func (t optionalText) EncodeMsgpack(encoder *msgpack.Encoder) error {
	if t == "" {
		return encoder.EncodeNil()
	}
	return encoder.EncodeString(string(t))
}

// optionalTime is in RFC 3339, UTC, and null for what the registry left out.
type optionalTime time.Time

func (t optionalTime) EncodeMsgpack(encoder *msgpack.Encoder) error {
	if time.Time(t).IsZero() {
		return encoder.EncodeNil()
	}
	return encoder.EncodeString(time.Time(t).UTC().Format(time.RFC3339Nano))
}

// neverNull is an empty map for none.
func neverNull(labels map[string]string) map[string]string {
	if labels == nil {
		return map[string]string{}
	}
	return labels
}
