package hcpfake

import (
	"slices"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

type artifactQuery = models.HashicorpCloudPacker20230101SearchExternalArtifactRequestBody

// searchExternalArtifact returns the builds that published an image, in all
// buckets of the registry.
//
// HCP publishes little more than the types of this operation. The following are
// choices: an empty platform or region matches any, an identifier is required,
// names must match exactly, there is one result per build, its build lists all of
// its artifacts, and results are in the order of the seed.
func (c *call) searchExternalArtifact(query *artifactQuery) (any, error) {
	if query.ExternalIdentifier == "" {
		return nil, invalidf("external_identifier is required")
	}
	found := []*models.HashicorpCloudPacker20230101ExternalArtifact{}
	for _, b := range nonNil(c.project.Buckets) {
		for _, v := range nonNil(b.Versions) {
			c.bucket, c.version = b, v
			view := c.versionView(c.scope, false)
			for _, build := range nonNil(view.Builds) {
				if published(build, query) {
					found = append(found, externalArtifact(b, view, build))
				}
			}
		}
	}
	list, pagination, err := page(c, found)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101SearchExternalArtifactResponse{Artifacts: list, Pagination: pagination}, nil
}

func published(b *Build, query *artifactQuery) bool {
	if query.Platform != "" && b.Platform != query.Platform {
		return false
	}
	return slices.ContainsFunc(b.Artifacts, func(a *Artifact) bool {
		return a != nil && a.ExternalIdentifier == query.ExternalIdentifier &&
			(query.Region == "" || a.Region == query.Region)
	})
}

func externalArtifact(b *Bucket, v *Version, build *Build) *models.HashicorpCloudPacker20230101ExternalArtifact {
	return &models.HashicorpCloudPacker20230101ExternalArtifact{
		Bucket: &models.HashicorpCloudPacker20230101ExternalArtifactBucket{ID: b.ID, Name: b.Name, Labels: b.Labels},
		Version: &models.HashicorpCloudPacker20230101ExternalArtifactVersion{
			ID: v.ID, Name: v.Name, Fingerprint: v.Fingerprint, AuthorID: v.AuthorID, Status: v.Status, RevokeAt: v.RevokeAt,
			RevocationAuthor: v.RevocationAuthor, RevocationMessage: v.RevocationMessage, RevocationType: v.RevocationType,
		},
		Build: build,
	}
}
