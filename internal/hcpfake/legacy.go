package hcpfake

import (
	"strings"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/models"
)

// Packer's deprecated data sources hcp-packer-iteration and hcp-packer-image read
// these two resources, and these of their fields, of the API version 2021-04-30.

func (c *call) legacyGetChannel() (any, error) {
	ch := c.channel
	return &models.HashicorpCloudPackerGetChannelResponse{Channel: &models.HashicorpCloudPackerChannel{
		ID: ch.ID, Slug: ch.Name, BucketSlug: c.bucket.Name, AuthorID: ch.AuthorID,
		CreatedAt: strfmt.DateTime(ch.CreatedAt), UpdatedAt: strfmt.DateTime(ch.UpdatedAt),
		Managed: ch.Managed, Restricted: ch.Restricted,
		Iteration: legacyIteration(c.assigned(c.scope).version),
	}}, nil
}

// legacyGetIteration looks an iteration up by its ID or its fingerprint.
func (c *call) legacyGetIteration() (any, error) {
	id, fingerprint := c.query.Get("iteration_id"), c.query.Get("fingerprint")
	if (id == "") == (fingerprint == "") {
		return nil, invalidf("exactly one of iteration_id and fingerprint is required")
	}
	v := find(c.bucket.Versions, func(v *Version) bool {
		return (id != "" && v.ID == id) || (fingerprint != "" && v.Fingerprint == fingerprint)
	})
	switch {
	case v == nil && fingerprint != "":
		return nil, unknownFingerprintf("Iteration with fingerprint %s not found", fingerprint)
	case v == nil:
		return nil, notFoundf("iteration not found in bucket %q", c.bucket.Name)
	}
	return &models.HashicorpCloudPackerGetIterationResponse{Iteration: legacyIteration(v)}, nil
}

// legacyIteration converts a version. Iterations have no status; their clients
// use revoke_at.
func legacyIteration(v *Version) *models.HashicorpCloudPackerIteration {
	if v == nil {
		return nil
	}
	return &models.HashicorpCloudPackerIteration{
		ID: v.ID, BucketSlug: v.BucketName, Fingerprint: v.Fingerprint, AuthorID: v.AuthorID,
		IncrementalVersion: versionNumber(v), Complete: completed(v), CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
		RevokeAt: v.RevokeAt, RevocationAuthor: v.RevocationAuthor, RevocationMessage: v.RevocationMessage,
		Builds: mapSlice(v.Builds, legacyBuild),
	}
}

func legacyBuild(b *Build) *models.HashicorpCloudPackerBuild {
	if b == nil {
		return nil
	}
	old := &models.HashicorpCloudPackerBuild{
		ID: b.ID, IterationID: b.VersionID, CloudProvider: b.Platform, ComponentType: b.ComponentType, Labels: b.Labels,
		PackerRunUUID: b.PackerRunUUID, CreatedAt: b.CreatedAt, UpdatedAt: b.UpdatedAt,
		Images: mapSlice(b.Artifacts, legacyImage),
	}
	if b.Status != nil {
		// The values differ by a prefix only.
		old.Status = models.HashicorpCloudPackerBuildStatus(strings.TrimPrefix(string(*b.Status), "BUILD_")).Pointer()
	}
	return old
}

func legacyImage(a *Artifact) *models.HashicorpCloudPackerImage {
	if a == nil {
		return nil
	}
	return &models.HashicorpCloudPackerImage{ID: a.ID, ImageID: a.ExternalIdentifier, Region: a.Region, CreatedAt: a.CreatedAt}
}
