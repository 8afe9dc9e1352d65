package hcpfake

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// buildUpdate is the body of a request to update a build.
type buildUpdate = models.HashicorpCloudPacker20230101UpdateBuildBody

func (c *call) listBuilds() (any, error) {
	list, pagination, err := sortedPage(c, nonNil(c.version.Builds), sortFields[*Build]{
		"component_type": func(a, b *Build) int { return cmp.Compare(a.ComponentType, b.ComponentType) },
		"created_at":     func(a, b *Build) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
		"updated_at":     func(a, b *Build) int { return compareTimes(a.UpdatedAt, b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListBuildsResponse{Builds: list, Location: c.location(), Pagination: pagination}, nil
}

func (c *call) getBuild() (any, error) {
	return &models.HashicorpCloudPacker20230101GetBuildResponse{Build: c.build}, nil
}

func (c *call) createBuild(body *models.HashicorpCloudPacker20230101CreateBuildBody) (any, error) {
	v := c.version
	switch {
	case body.ComponentType == "":
		return nil, invalidf("component_type is required")
	case body.SourceExternalIdentifier != "" && body.ParentVersionID == "":
		return nil, invalidf("source_external_identifier requires parent_version_id")
	case completed(v):
		return nil, failedf("The version with fingerprint %s is complete, so no build can be added to it.", v.Fingerprint)
	case find(v.Builds, func(b *Build) bool { return b.ComponentType == body.ComponentType }) != nil:
		return nil, existsf("The build with component type %s already exists.", body.ComponentType)
	}
	c.build = &Build{
		ID: c.newID(), VersionID: v.ID, ComponentType: body.ComponentType, Status: buildUnset.Pointer(), CreatedAt: c.timestamp(),
	}
	update := &buildUpdate{
		Artifacts: body.Artifacts, Labels: body.Labels, PackerRunUUID: body.PackerRunUUID,
		ParentChannelID: body.ParentChannelID, ParentVersionID: body.ParentVersionID, Platform: body.Platform,
		SourceExternalIdentifier: body.SourceExternalIdentifier, Status: body.Status,
	}
	parent, err := c.checkUpdate(update)
	if err != nil {
		return nil, err
	}
	v.Builds = append(v.Builds, c.build)
	c.merge(update, parent)
	return &models.HashicorpCloudPacker20230101CreateBuildResponse{Build: c.build}, nil
}

// updateBuild updates what the request contains. A repeated request changes
// nothing, and a build that has failed or was cancelled may run again.
func (c *call) updateBuild(update *buildUpdate) (any, error) {
	if err := c.notRevoked(); err != nil {
		return nil, err
	}
	parent, err := c.checkUpdate(update)
	if err != nil {
		return nil, err
	}
	c.merge(update, parent)
	return &models.HashicorpCloudPacker20230101UpdateBuildResponse{Build: c.build}, nil
}

// checkUpdate returns an error if a build must not be updated in this way, and
// otherwise the build's parent, which is nil if it has none. That a build which is done
// stays done is a choice.
func (s scope) checkUpdate(u *buildUpdate) (*Parent, error) {
	const override = "You cannot override a build's %s if it has already been set."
	if *s.build.Status == buildDone && u.Status != nil && *u.Status != buildDone && *u.Status != buildUnset {
		return nil, failedf("The build with identifier %s is done.", s.build.ID)
	}
	if u.Platform != "" && s.build.Platform != "" && u.Platform != s.build.Platform {
		return nil, existsf(override, "Platform")
	}
	old := find(s.bucket.Parents, s.isParent)
	next, err := s.newParent(u.ParentVersionID, u.ParentChannelID)
	if err != nil || old == nil || next == nil {
		return cmp.Or(next, old), err
	}
	before, after := s.parentScope(old), s.parentScope(next)
	switch {
	case before.version != after.version:
		return nil, existsf(override, "Parent Version ID")
	case old.ParentChannel != "" && next.ParentChannel != "" && before.channel != after.channel:
		return nil, existsf(override, "Parent Channel ID")
	}
	next.ParentChannel = cmp.Or(next.ParentChannel, old.ParentChannel)
	return next, nil
}

// merge applies an update: what is empty is kept, and artifacts are appended.
func (c *call) merge(u *buildUpdate, parent *Parent) {
	b := c.build
	b.PackerRunUUID = cmp.Or(u.PackerRunUUID, b.PackerRunUUID)
	b.Platform = cmp.Or(u.Platform, b.Platform)
	b.SourceExternalIdentifier = cmp.Or(u.SourceExternalIdentifier, b.SourceExternalIdentifier)
	b.Metadata = cmp.Or(u.Metadata, b.Metadata)
	if len(u.Labels) > 0 {
		b.Labels = u.Labels
	}
	if u.Status != nil && *u.Status != buildUnset {
		b.Status = u.Status
	}
	for _, a := range nonNil(u.Artifacts) {
		same := func(e *Artifact) bool { return e.ExternalIdentifier == a.ExternalIdentifier && e.Region == a.Region }
		if find(b.Artifacts, same) == nil {
			b.Artifacts = append(b.Artifacts, &Artifact{
				ID: c.newID(), ExternalIdentifier: a.ExternalIdentifier, Region: a.Region, CreatedAt: c.timestamp(),
			})
		}
	}
	b.UpdatedAt = c.timestamp()
	c.setParent(parent)
	c.settle(c.now)
}

func (c *call) deleteBuild() (any, error) {
	if completed(c.version) {
		return nil, failedf("The version with fingerprint %s is complete, so its builds cannot be deleted.", c.version.Fingerprint)
	}
	c.setParent(nil)
	c.bucket.dropSBOMs(c.build)
	c.version.Builds = slices.DeleteFunc(c.version.Builds, func(b *Build) bool { return b == c.build })
	c.settle(c.now)
	return struct{}{}, nil
}
