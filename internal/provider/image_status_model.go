package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// imageStatusConfig has the attributes that the configuration can set.
type imageStatusConfig struct {
	ImageID, CloudProvider, Region types.String
	ProjectID, OrganizationID      types.String
	Timeouts                       timeouts.Value
}

func (c *imageStatusConfig) get(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	return getAttributes(ctx, config, map[string]any{
		"image_id":        &c.ImageID,
		"cloud_provider":  &c.CloudProvider,
		"region":          &c.Region,
		"project_id":      &c.ProjectID,
		"organization_id": &c.OrganizationID,
		"timeouts":        &c.Timeouts,
	})
}

func (c *imageStatusConfig) reference() registry.ImageReference {
	return registry.ImageReference{
		Location: registry.Location{
			OrganizationID: c.OrganizationID.ValueString(),
			ProjectID:      c.ProjectID.ValueString(),
		},
		ImageID:       c.ImageID.ValueString(),
		CloudProvider: c.CloudProvider.ValueString(),
		Region:        c.Region.ValueString(),
	}
}

// The state of the data source without the attributes that only the configuration
// sets. The tags are the schema's names.
type (
	imageStatusState struct {
		ProjectID      nullableString     `msgpack:"project_id"`
		OrganizationID nullableString     `msgpack:"organization_id"`
		Tracked        bool               `msgpack:"tracked"`
		Revoked        bool               `msgpack:"revoked"`
		RevokeAt       nullableTime       `msgpack:"revoke_at"`
		Iterations     []publicationState `msgpack:"iterations"`
	}
	publicationState struct {
		Bucket            nullableString    `msgpack:"bucket"`
		ID                nullableString    `msgpack:"id"`
		Version           nullableString    `msgpack:"version"`
		Fingerprint       nullableString    `msgpack:"fingerprint"`
		AuthorID          nullableString    `msgpack:"author_id"`
		Status            nullableString    `msgpack:"status"`
		Revoked           bool              `msgpack:"revoked"`
		RevokeAt          nullableTime      `msgpack:"revoke_at"`
		RevocationMessage nullableString    `msgpack:"revocation_message"`
		RevocationAuthor  nullableString    `msgpack:"revocation_author"`
		RevocationType    nullableString    `msgpack:"revocation_type"`
		BuildID           nullableString    `msgpack:"build_id"`
		ComponentType     nullableString    `msgpack:"component_type"`
		CloudProvider     nullableString    `msgpack:"cloud_provider"`
		Region            nullableString    `msgpack:"region"`
		Labels            map[string]string `msgpack:"labels"`
	}
)

// encodeImageStatus encodes the state after a read. If that takes more than maximum
// bytes, the error is a *stateTooLargeError.
func encodeImageStatus(status registry.ImageStatus, maximum int64) ([]byte, error) {
	state := newImageStatusState(status)
	encoded, err := encode(state)
	if size := int64(len(encoded)); size > maximum {
		return nil, &stateTooLargeError{images: len(state.Iterations), size: size, maximum: maximum}
	}
	return encoded, err
}

func newImageStatusState(status registry.ImageStatus) *imageStatusState {
	state := &imageStatusState{
		ProjectID:      nullableString(status.Reference.ProjectID),
		OrganizationID: nullableString(status.Reference.OrganizationID),
		Tracked:        status.Tracked(),
		Revoked:        status.Revoked(),
		RevokeAt:       nullableTime(status.RevokeAt()),
		Iterations:     []publicationState{},
	}
	for _, publication := range status.Publications {
		revoked := publication.Iteration.Revoked(status.Time)
		for _, build := range publication.Iteration.Builds {
			for _, image := range build.Images {
				state.Iterations = append(state.Iterations, newPublicationState(publication, revoked, build, image))
			}
		}
	}
	return state
}

func newPublicationState(publication registry.Publication, revoked bool, build registry.Build, image registry.Image) publicationState {
	iteration := publication.Iteration
	return publicationState{
		Bucket:            nullableString(publication.Bucket),
		ID:                nullableString(iteration.ID),
		Version:           nullableString(iteration.Version),
		Fingerprint:       nullableString(iteration.Fingerprint),
		AuthorID:          nullableString(iteration.AuthorID),
		Status:            nullableString(iteration.Status),
		Revoked:           revoked,
		RevokeAt:          nullableTime(iteration.Revocation.At),
		RevocationMessage: nullableString(iteration.Revocation.Message),
		RevocationAuthor:  nullableString(iteration.Revocation.Author),
		RevocationType:    nullableString(iteration.Revocation.Type),
		BuildID:           nullableString(build.ID),
		ComponentType:     nullableString(build.ComponentType),
		CloudProvider:     nullableString(build.CloudProvider),
		Region:            nullableString(image.Region),
		Labels:            orEmpty(build.Labels),
	}
}
