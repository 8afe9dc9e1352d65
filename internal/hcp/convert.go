package hcp

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"golang.org/x/text/unicode/norm"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// channelIteration converts the channel in a response. What HCP does not provide stays
// zero. The error is a *registry.UnassignedError if the channel has no iteration, or a
// *registry.Failure if the response cannot be used.
func channelIteration(ref registry.Reference, channel *models.HashicorpCloudPacker20230101Channel) (*registry.Iteration, error) {
	switch {
	case channel == nil || channel.ID == "" && channel.Name == "":
		return nil, transport.InvalidResponse("the response has no channel")
	case mismatches(channel.Name, ref.Channel) || mismatches(channel.BucketName, ref.Bucket):
		return nil, transport.InvalidResponse("the response is about another channel")
	case channel.Version == nil:
		return nil, &registry.UnassignedError{}
	}
	iteration, err := iterationOf(channel.Version)
	if err != nil {
		return nil, err
	}
	iteration.Channel = registry.Channel{ID: channel.ID, AuthorID: channel.AuthorID, UpdatedAt: timeOf(channel.UpdatedAt)}
	return iteration, nil
}

// versionIteration converts the version in a response to a query by fingerprint.
func versionIteration(ref registry.Reference, version *models.HashicorpCloudPacker20230101Version) (*registry.Iteration, error) {
	switch {
	case version == nil:
		return nil, transport.InvalidResponse("the response has no version")
	case mismatches(version.Fingerprint, ref.Fingerprint) || mismatches(version.BucketName, ref.Bucket):
		return nil, transport.InvalidResponse("the response is about another version")
	}
	return iterationOf(version)
}

// iterationOf converts a version. The error is a *registry.Failure.
func iterationOf(version *models.HashicorpCloudPacker20230101Version) (*registry.Iteration, error) {
	if version.ID == "" {
		return nil, transport.InvalidResponse("the response has a version without an ID")
	}
	iteration := &registry.Iteration{
		ID:             version.ID,
		Version:        version.Name,
		Fingerprint:    version.Fingerprint,
		AuthorID:       version.AuthorID,
		TemplateType:   enumString(version.TemplateType),
		Status:         strings.TrimPrefix(enumString(version.Status), "VERSION_"),
		CreatedAt:      timeOf(version.CreatedAt),
		UpdatedAt:      timeOf(version.UpdatedAt),
		HasDescendants: version.HasDescendants,
		Revocation: registry.Revocation{
			At:            timeOf(version.RevokeAt),
			Author:        version.RevocationAuthor,
			Message:       version.RevocationMessage,
			Type:          enumString(version.RevocationType),
			InheritedFrom: ancestorOf(version.RevocationInheritedFrom),
		},
	}
	if version.Parents != nil {
		iteration.ParentsStatus = enumString(version.Parents.Status)
	}
	for _, build := range version.Builds {
		if build != nil {
			iteration.Builds = append(iteration.Builds, buildOf(build))
		}
	}
	return iteration, nil
}

// publicationsOf converts the results of a search for an image. HCP does not document
// whether there is one for each build that published it, or for each record of the
// image, so a build that repeats is left out. The error is a *registry.Failure.
func publicationsOf(ref registry.ImageReference, results []*models.HashicorpCloudPacker20230101ExternalArtifact) ([]registry.Publication, error) {
	var publications []registry.Publication
	published := make(map[string]*registry.Iteration) // by ID
	for _, result := range results {
		if result == nil {
			continue
		}
		iteration, err := publisherOf(result.Version)
		if err != nil {
			return nil, err
		}
		build, err := publishingBuild(ref, result.Build)
		if err != nil {
			return nil, err
		}
		if first, ok := published[iteration.ID]; ok {
			first.Status, first.Revocation = iteration.Status, iteration.Revocation // may be of a later page
			iteration = first
		} else {
			published[iteration.ID] = iteration
			publications = append(publications, registry.Publication{Bucket: bucketName(result.Bucket), Iteration: iteration})
		}
		if !slices.ContainsFunc(iteration.Builds, func(b registry.Build) bool { return reflect.DeepEqual(b, build) }) {
			iteration.Builds = append(iteration.Builds, build)
		}
	}
	return publications, nil
}

// publisherOf converts the version in a result, without its builds.
func publisherOf(version *models.HashicorpCloudPacker20230101ExternalArtifactVersion) (*registry.Iteration, error) {
	if version == nil {
		return nil, transport.InvalidResponse("the response has a result without a version")
	}
	return iterationOf(&models.HashicorpCloudPacker20230101Version{
		ID:                version.ID,
		Name:              version.Name,
		Fingerprint:       version.Fingerprint,
		AuthorID:          version.AuthorID,
		Status:            version.Status,
		RevokeAt:          version.RevokeAt,
		RevocationAuthor:  version.RevocationAuthor,
		RevocationMessage: version.RevocationMessage,
		RevocationType:    version.RevocationType,
	})
}

func bucketName(bucket *models.HashicorpCloudPacker20230101ExternalArtifactBucket) string {
	if bucket == nil {
		return ""
	}
	return bucket.Name
}

// publishingBuild converts the build in a result, with only the image that was searched
// for. HCP does not document whether the build comes with its images: without any, it is
// the one that was searched for.
func publishingBuild(ref registry.ImageReference, build *models.HashicorpCloudPacker20230101Build) (registry.Build, error) {
	var converted registry.Build
	if build != nil {
		converted = buildOf(build)
	}
	if len(converted.Images) == 0 {
		converted.Images = []registry.Image{{ImageID: ref.ImageID, Region: ref.Region}}
	}
	converted.Images = slices.DeleteFunc(converted.Images, func(image registry.Image) bool {
		return !strings.EqualFold(image.ImageID, ref.ImageID) || ref.Region != "" && mismatches(image.Region, ref.Region)
	})
	if len(converted.Images) == 0 || mismatches(converted.CloudProvider, ref.CloudProvider) {
		return registry.Build{}, transport.InvalidResponse("the response is about another image")
	}
	return converted, nil
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
		ComponentType: nfc(build.ComponentType),
		CloudProvider: nfc(build.Platform),
		Status:        strings.TrimPrefix(enumString(build.Status), "BUILD_"),
		Labels:        labelsOf(build.Labels),
		PackerRunUUID: build.PackerRunUUID,
		SourceImageID: build.SourceExternalIdentifier,
		CreatedAt:     timeOf(build.CreatedAt),
		UpdatedAt:     timeOf(build.UpdatedAt),
	}
	for _, artifact := range build.Artifacts {
		if artifact != nil {
			converted.Images = append(converted.Images, registry.Image{
				ID:        artifact.ID,
				ImageID:   nfc(artifact.ExternalIdentifier),
				Region:    nfc(artifact.Region),
				CreatedAt: timeOf(artifact.CreatedAt),
			})
		}
	}
	return converted
}

func activationOf(found *models.HashicorpCloudPacker20230101Registry) (registry.Activation, error) {
	if found == nil || found.Config == nil {
		return registry.Activation{}, transport.InvalidResponse("the response has no registry configuration")
	}
	activation := registry.Activation{Active: found.Config.Activated}
	if reason := found.Config.BillingDeprovision; reason != nil {
		activation.Deprovision = registry.Deprovision{
			At:      timeOf(reason.At),
			Reason:  enumString(reason.Reason),
			Message: reason.Message,
		}
	}
	return activation, nil
}

// enumString returns the value of one of the SDK's enums. It is empty if the value is
// absent, or if it stands for an absent value.
func enumString[E ~string](value *E) string {
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

// timeOf returns a date in UTC. Absent dates, and those in the year 1, Go's zero time,
// are zero. A date whose year in UTC would need more than four digits, which RFC 3339
// does not allow, keeps its offset.
func timeOf(date strfmt.DateTime) time.Time {
	t := time.Time(date)
	switch utc := t.UTC(); {
	case utc.Year() <= 1:
		return time.Time{}
	case utc.Year() > 9999:
		return t
	default:
		return utc
	}
}

// labelsOf normalizes labels. If two names become equal, the first in sort order wins, so
// that every read gives the same value.
func labelsOf(labels map[string]string) map[string]string {
	if labels == nil {
		return nil
	}
	normalized := make(map[string]string, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if _, ok := normalized[nfc(name)]; !ok {
			normalized[nfc(name)] = nfc(labels[name])
		}
	}
	return normalized
}

// nfc normalizes text that configurations select images by. Terraform normalizes its
// strings too, so that text in another form would never match.
func nfc(text string) string { return norm.NFC.String(text) }

// mismatches reports whether a response names something other than the query. A missing
// name is not a mismatch. Whether names in HCP are case-sensitive is not
// documented, so case is ignored.
func mismatches(found, queried string) bool {
	return found != "" && !strings.EqualFold(found, queried)
}
