package provider

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// imageIterationConfig has the attributes that the configuration can set.
type imageIterationConfig struct {
	Bucket, Channel, Fingerprint         types.String
	ProjectID, OrganizationID            types.String
	CloudProvider, Region, ComponentType types.String
	Labels                               map[string]string
	AllowRevoked                         types.Bool
	Timeouts                             timeouts.Value
}

func (c *imageIterationConfig) get(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	return getAttributes(ctx, config, map[string]any{
		"bucket":          &c.Bucket,
		"channel":         &c.Channel,
		"fingerprint":     &c.Fingerprint,
		"project_id":      &c.ProjectID,
		"organization_id": &c.OrganizationID,
		"cloud_provider":  &c.CloudProvider,
		"region":          &c.Region,
		"component_type":  &c.ComponentType,
		"labels":          &c.Labels,
		"allow_revoked":   &c.AllowRevoked,
		"timeouts":        &c.Timeouts,
	})
}

func (c *imageIterationConfig) reference() registry.Reference {
	return registry.Reference{
		Location: registry.Location{
			OrganizationID: c.OrganizationID.ValueString(),
			ProjectID:      c.ProjectID.ValueString(),
		},
		Bucket:      c.Bucket.ValueString(),
		Channel:     c.Channel.ValueString(),
		Fingerprint: c.Fingerprint.ValueString(),
	}
}

// selector returns the configured filters.
func (c *imageIterationConfig) selector() registry.Selector {
	return registry.Selector{
		CloudProvider: c.CloudProvider.ValueString(),
		Region:        c.Region.ValueString(),
		ComponentType: c.ComponentType.ValueString(),
		Labels:        c.Labels,
	}
}

// The state of the data source without the attributes that only the configuration
// sets. The tags are the schema's names.
type (
	imageIterationState struct {
		ProjectID      nullableString `msgpack:"project_id"`
		OrganizationID nullableString `msgpack:"organization_id"`

		ID                      nullableString `msgpack:"id"`
		Version                 nullableString `msgpack:"version"`
		IncrementalVersion      *int64         `msgpack:"incremental_version"`
		Fingerprint             nullableString `msgpack:"fingerprint"`
		AuthorID                nullableString `msgpack:"author_id"`
		TemplateType            nullableString `msgpack:"template_type"`
		Status                  nullableString `msgpack:"status"`
		CreatedAt               nullableTime   `msgpack:"created_at"`
		UpdatedAt               nullableTime   `msgpack:"updated_at"`
		RevokeAt                nullableTime   `msgpack:"revoke_at"`
		RevocationMessage       nullableString `msgpack:"revocation_message"`
		RevocationAuthor        nullableString `msgpack:"revocation_author"`
		RevocationType          nullableString `msgpack:"revocation_type"`
		RevocationInheritedFrom *ancestorState `msgpack:"revocation_inherited_from"`
		ParentsStatus           nullableString `msgpack:"parents_status"`
		HasDescendants          bool           `msgpack:"has_descendants"`
		ChannelID               nullableString `msgpack:"channel_id"`
		ChannelAuthorID         nullableString `msgpack:"channel_author_id"`
		ChannelUpdatedAt        nullableTime   `msgpack:"channel_updated_at"`
		Builds                  []buildState   `msgpack:"builds"`
		Images                  []imageState   `msgpack:"images"`
	}
	ancestorState struct {
		Bucket      nullableString `msgpack:"bucket"`
		IterationID nullableString `msgpack:"iteration_id"`
		Fingerprint nullableString `msgpack:"fingerprint"`
		Version     nullableString `msgpack:"version"`
	}
	buildState struct {
		ID            nullableString    `msgpack:"id"`
		IterationID   nullableString    `msgpack:"iteration_id"`
		ComponentType nullableString    `msgpack:"component_type"`
		CloudProvider nullableString    `msgpack:"cloud_provider"`
		Status        nullableString    `msgpack:"status"`
		Labels        map[string]string `msgpack:"labels"`
		PackerRunUUID nullableString    `msgpack:"packer_run_uuid"`
		SourceImageID nullableString    `msgpack:"source_image_id"`
		CreatedAt     nullableTime      `msgpack:"created_at"`
		UpdatedAt     nullableTime      `msgpack:"updated_at"`
		Images        []buildImageState `msgpack:"images"`
	}
	buildImageState struct {
		ID        nullableString `msgpack:"id"`
		ImageID   nullableString `msgpack:"image_id"`
		Region    nullableString `msgpack:"region"`
		CreatedAt nullableTime   `msgpack:"created_at"`
	}
	imageState struct {
		ImageID       nullableString    `msgpack:"image_id"`
		CloudProvider nullableString    `msgpack:"cloud_provider"`
		Region        nullableString    `msgpack:"region"`
		ComponentType nullableString    `msgpack:"component_type"`
		BuildID       nullableString    `msgpack:"build_id"`
		Labels        map[string]string `msgpack:"labels"`
		ID            nullableString    `msgpack:"id"`
		CreatedAt     nullableTime      `msgpack:"created_at"`
	}
)

// encodeState encodes the state after a read, with those of the iteration's builds
// that match the filters. If that takes more than maximum bytes, the error is a
// *stateTooLargeError.
func encodeState(resolution registry.Resolution, builds []registry.Build, maximum int64) ([]byte, error) {
	size := minStateSize(builds)
	if size <= maximum {
		encoded, err := encode(newState(resolution, builds))
		if err != nil {
			return nil, err
		}
		if size = int64(len(encoded)); size <= maximum {
			return encoded, nil
		}
	}
	images := 0
	for _, build := range builds {
		images += len(build.Images)
	}
	return nil, &stateTooLargeError{images: images, size: size, maximum: maximum}
}

// minStateSize returns a lower bound for the encoded size of builds. It takes no
// memory, where encoding would take a multiple of the size: labels that are long
// but no problem in HCP's response are repeated for each image in the state.
func minStateSize(builds []registry.Build) int64 {
	const namesOfAnImage = 120 // bytes that the names of its attributes take
	var size int64
	for _, build := range builds {
		labels := 0
		for name, value := range build.Labels {
			labels += len(name) + len(value)
		}
		image := namesOfAnImage + labels + len(build.CloudProvider) + len(build.ComponentType) + len(build.ID)
		size += int64(labels) + int64(len(build.Images))*int64(image)
	}
	return size
}

// newState converts a resolution to state, with those of its builds that match the
// filters.
func newState(resolution registry.Resolution, builds []registry.Build) *imageIterationState {
	iteration := resolution.Iteration
	state := &imageIterationState{
		ProjectID:         nullableString(resolution.Reference.ProjectID),
		OrganizationID:    nullableString(resolution.Reference.OrganizationID),
		ID:                nullableString(iteration.ID),
		Version:           nullableString(iteration.Version),
		Fingerprint:       nullableString(cmp.Or(resolution.Reference.Fingerprint, iteration.Fingerprint)),
		AuthorID:          nullableString(iteration.AuthorID),
		TemplateType:      nullableString(iteration.TemplateType),
		Status:            nullableString(iteration.Status),
		CreatedAt:         nullableTime(iteration.CreatedAt),
		UpdatedAt:         nullableTime(iteration.UpdatedAt),
		RevokeAt:          nullableTime(iteration.Revocation.At),
		RevocationMessage: nullableString(iteration.Revocation.Message),
		RevocationAuthor:  nullableString(iteration.Revocation.Author),
		RevocationType:    nullableString(iteration.Revocation.Type),
		ParentsStatus:     nullableString(iteration.ParentsStatus),
		HasDescendants:    iteration.HasDescendants,
		ChannelID:         nullableString(iteration.Channel.ID),
		ChannelAuthorID:   nullableString(iteration.Channel.AuthorID),
		ChannelUpdatedAt:  nullableTime(iteration.Channel.UpdatedAt),
		Builds:            make([]buildState, len(builds)),
		Images:            []imageState{},
	}
	if number, ok := iteration.IncrementalVersion(); ok {
		state.IncrementalVersion = &number
	}
	if ancestor := iteration.Revocation.InheritedFrom; ancestor != nil {
		state.RevocationInheritedFrom = &ancestorState{
			Bucket:      nullableString(ancestor.Bucket),
			IterationID: nullableString(ancestor.IterationID),
			Fingerprint: nullableString(ancestor.Fingerprint),
			Version:     nullableString(ancestor.Version),
		}
	}
	for i, build := range builds {
		state.Builds[i] = newBuildState(build)
		for _, image := range build.Images {
			state.Images = append(state.Images, newImageState(build, image))
		}
	}
	return state
}

func newBuildState(build registry.Build) buildState {
	images := make([]buildImageState, len(build.Images))
	for i, image := range build.Images {
		images[i] = buildImageState{
			ID:        nullableString(image.ID),
			ImageID:   nullableString(image.ImageID),
			Region:    nullableString(image.Region),
			CreatedAt: nullableTime(image.CreatedAt),
		}
	}
	return buildState{
		ID:            nullableString(build.ID),
		IterationID:   nullableString(build.IterationID),
		ComponentType: nullableString(build.ComponentType),
		CloudProvider: nullableString(build.CloudProvider),
		Status:        nullableString(build.Status),
		Labels:        orEmpty(build.Labels),
		PackerRunUUID: nullableString(build.PackerRunUUID),
		SourceImageID: nullableString(build.SourceImageID),
		CreatedAt:     nullableTime(build.CreatedAt),
		UpdatedAt:     nullableTime(build.UpdatedAt),
		Images:        images,
	}
}

func newImageState(build registry.Build, image registry.Image) imageState {
	return imageState{
		ImageID:       nullableString(image.ImageID),
		CloudProvider: nullableString(build.CloudProvider),
		Region:        nullableString(image.Region),
		ComponentType: nullableString(build.ComponentType),
		BuildID:       nullableString(build.ID),
		Labels:        orEmpty(build.Labels),
		ID:            nullableString(image.ID),
		CreatedAt:     nullableTime(image.CreatedAt),
	}
}
