package hcp

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// iterationOf translates the answer to a channel read. What the answer leaves
// out stays zero; only what makes it unusable is an error: a *registry.Failure,
// or a *registry.UnassignedError when the channel points at nothing.
func iterationOf(asked registry.Channel, channel *models.HashicorpCloudPacker20230101Channel) (*registry.Iteration, error) {
	switch {
	case channel == nil || channel.ID == "" && channel.Name == "":
		return nil, unreadable("the answer holds no channel")
	case differs(channel.Name, asked.Name) || differs(channel.BucketName, asked.Bucket):
		return nil, unreadable("the answer is about another channel")
	case channel.Version == nil:
		return nil, &registry.UnassignedError{}
	case channel.Version.ID == "":
		return nil, unreadable("the answer holds a version without an ID")
	}

	version := channel.Version
	iteration := &registry.Iteration{
		ID:             version.ID,
		Version:        version.Name,
		Fingerprint:    version.Fingerprint,
		AuthorID:       version.AuthorID,
		TemplateType:   word(version.TemplateType),
		Status:         strings.TrimPrefix(word(version.Status), "VERSION_"),
		CreatedAt:      moment(version.CreatedAt),
		UpdatedAt:      moment(version.UpdatedAt),
		HasDescendants: version.HasDescendants,
		ChannelID:      channel.ID,
		Revocation: registry.Revocation{
			At:            moment(version.RevokeAt),
			Author:        version.RevocationAuthor,
			Message:       version.RevocationMessage,
			Type:          word(version.RevocationType),
			InheritedFrom: ancestorOf(version.RevocationInheritedFrom),
		},
	}
	if version.Parents != nil {
		iteration.ParentsStatus = word(version.Parents.Status)
	}
	for _, build := range version.Builds {
		if build != nil {
			iteration.Builds = append(iteration.Builds, buildOf(build))
		}
	}
	return iteration, nil
}

func ancestorOf(ancestor *models.HashicorpCloudPacker20230101RevokedAncestor) *registry.Ancestor {
	if ancestor == nil {
		return nil
	}
	converted := registry.Ancestor{
		Bucket:      ancestor.BucketName,
		IterationID: ancestor.VersionID,
		Fingerprint: ancestor.VersionFingerprint,
		Version:     ancestor.VersionName,
	}
	if converted == (registry.Ancestor{}) {
		return nil
	}
	return &converted
}

func buildOf(build *models.HashicorpCloudPacker20230101Build) registry.Build {
	converted := registry.Build{
		ID:            build.ID,
		IterationID:   build.VersionID,
		ComponentType: build.ComponentType,
		CloudProvider: build.Platform,
		Status:        strings.TrimPrefix(word(build.Status), "BUILD_"),
		Labels:        build.Labels,
		PackerRunUUID: build.PackerRunUUID,
		SourceImageID: build.SourceExternalIdentifier,
		CreatedAt:     moment(build.CreatedAt),
		UpdatedAt:     moment(build.UpdatedAt),
	}
	for _, artifact := range build.Artifacts {
		if artifact != nil {
			converted.Images = append(converted.Images, registry.Image{
				ID:        artifact.ID,
				ImageID:   artifact.ExternalIdentifier,
				Region:    artifact.Region,
				CreatedAt: moment(artifact.CreatedAt),
			})
		}
	}
	return converted
}

func stateOf(answer *models.HashicorpCloudPacker20230101Registry) (registry.Activation, error) {
	if answer == nil || answer.Config == nil {
		return registry.Activation{}, unreadable("the answer holds no registry configuration")
	}
	state := registry.Activation{Active: answer.Config.Activated}
	if reason := answer.Config.BillingDeprovision; reason != nil {
		state.Deprovision = registry.Deprovision{
			At:      moment(reason.At),
			Reason:  word(reason.Reason),
			Message: reason.Message,
		}
	}
	return state, nil
}

// word returns the value of one of the SDK's enums. It is empty when the value
// is absent or is one of those by which HCP says that it is.
func word[E ~string](value *E) string {
	if value == nil {
		return ""
	}
	switch v := string(*value); v {
	case "VERSION_UNSET", "BUILD_UNSET", "TEMPLATE_TYPE_UNSET", "REVOCATION_TYPE_UNSET":
		return ""
	default:
		return v
	}
}

// moment returns a date of the SDK, which is the zero time when the answer had
// none or null, and the beginning of 1970 when the answer had "".
func moment(date strfmt.DateTime) time.Time {
	t := time.Time(date)
	if t.IsZero() || t.Equal(strfmt.UnixZero) {
		return time.Time{}
	}
	return t.UTC()
}

// differs reports whether the answer names something else than was asked for.
// An answer that leaves the name out does not. Whether HCP tells names apart by
// case is not documented, so a difference of case alone is let pass.
func differs(answered, asked string) bool {
	return answered != "" && !strings.EqualFold(answered, asked)
}

func unreadable(problem string) *registry.Failure {
	return &registry.Failure{Kind: registry.InvalidResponse, Status: http.StatusOK, Err: errors.New(problem)}
}
