package hcpfake

import (
	"cmp"
	"slices"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// buildUpdate is the body of a request to update a build.
type buildUpdate = models.HashicorpCloudPacker20230101UpdateBuildBody

// toBuild returns the scope of a request to a build.
func (c *call) toBuild() (scope, error) {
	s, err := c.version()
	if err != nil {
		return s, err
	}
	id := c.params["build"]
	if s.build = find(s.version.Builds, func(b *Build) bool { return b.ID == id }); s.build == nil {
		return s, notFoundf("The build with identifier %s does not exist.", id)
	}
	return s, nil
}

func (c *call) listBuilds() (any, error) {
	s, err := c.version()
	if err != nil {
		return nil, err
	}
	list, pagination, err := sortedPage(c, nonNil(s.version.Builds), sortFields[*Build]{
		"component_type": func(a, b *Build) int { return cmp.Compare(a.ComponentType, b.ComponentType) },
		"created_at":     func(a, b *Build) int { return compareTimes(a.CreatedAt, b.CreatedAt) },
		"updated_at":     func(a, b *Build) int { return compareTimes(a.UpdatedAt, b.UpdatedAt) },
	})
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListBuildsResponse{
		Builds:     list,
		Location:   location(s.org, s.project),
		Pagination: pagination,
	}, nil
}

func (c *call) getBuild() (any, error) {
	s, err := c.toBuild()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetBuildResponse{Build: s.build}, nil
}

func (c *call) createBuild() (any, error) {
	s, err := c.version()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101CreateBuildBody](c)
	switch {
	case err != nil:
		return nil, err
	case body.ComponentType == "":
		return nil, invalidf("component_type is required")
	case body.SourceExternalIdentifier != "" && body.ParentVersionID == "":
		return nil, invalidf("source_external_identifier requires parent_version_id")
	case completed(s.version):
		return nil, failedf("The version with fingerprint %s is complete, so no build can be added to it.", s.version.Fingerprint)
	case slices.ContainsFunc(s.version.Builds, func(b *Build) bool { return b != nil && b.ComponentType == body.ComponentType }):
		return nil, existsf("The build with component type %s already exists.", body.ComponentType)
	}
	s.build = &Build{
		ID: c.newID(), VersionID: s.version.ID, ComponentType: body.ComponentType,
		Status: buildUnset.Pointer(), CreatedAt: strfmt.DateTime(c.now),
	}
	update := &buildUpdate{
		Artifacts: body.Artifacts, Labels: body.Labels, PackerRunUUID: body.PackerRunUUID,
		ParentChannelID: body.ParentChannelID, ParentVersionID: body.ParentVersionID, Platform: body.Platform,
		SourceExternalIdentifier: body.SourceExternalIdentifier, Status: body.Status,
	}
	parent, err := s.checkUpdate(update)
	if err != nil {
		return nil, err
	}
	s.version.Builds = append(s.version.Builds, s.build)
	c.merge(s, update, parent)
	return &models.HashicorpCloudPacker20230101CreateBuildResponse{Build: s.build}, nil
}

// updateBuild updates what the request contains. A repeated request changes
// nothing, and a build that has failed or was cancelled may run again.
func (c *call) updateBuild() (any, error) {
	s, err := c.toBuild()
	if err != nil {
		return nil, err
	}
	update, err := decodeBody[buildUpdate](c)
	if err != nil {
		return nil, err
	}
	if err := c.notRevoked(s.version); err != nil {
		return nil, err
	}
	parent, err := s.checkUpdate(update)
	if err != nil {
		return nil, err
	}
	c.merge(s, update, parent)
	return &models.HashicorpCloudPacker20230101UpdateBuildResponse{Build: s.build}, nil
}

// checkUpdate returns an error if a build must not be updated in this way, and else
// the build's parent, which is nil if it has none. That a build which is done
// stays done is a choice.
func (s scope) checkUpdate(u *buildUpdate) (*Parent, error) {
	const override = "You cannot override a build's %s if it has already been set."
	if *s.build.Status == buildDone && u.Status != nil && *u.Status != buildDone && *u.Status != buildUnset {
		return nil, failedf("The build with identifier %s is done.", s.build.ID)
	}
	if u.Platform != "" && s.build.Platform != "" && u.Platform != s.build.Platform {
		return nil, existsf(override, "Platform")
	}
	old := s.parent()
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
func (c *call) merge(s scope, u *buildUpdate, parent *Parent) {
	b := s.build
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
		same := func(e *Artifact) bool {
			return e != nil && e.ExternalIdentifier == a.ExternalIdentifier && e.Region == a.Region
		}
		if !slices.ContainsFunc(b.Artifacts, same) {
			b.Artifacts = append(b.Artifacts, &Artifact{
				ID: c.newID(), ExternalIdentifier: a.ExternalIdentifier, Region: a.Region, CreatedAt: strfmt.DateTime(c.now),
			})
		}
	}
	b.UpdatedAt = strfmt.DateTime(c.now)
	s.setParent(parent)
	s.settle(c.now)
}

func (c *call) deleteBuild() (any, error) {
	s, err := c.toBuild()
	if err != nil {
		return nil, err
	}
	if completed(s.version) {
		return nil, failedf("The version with fingerprint %s is complete, so its builds cannot be deleted.", s.version.Fingerprint)
	}
	s.setParent(nil)
	s.bucket.dropSBOMs(s.build)
	s.version.Builds = slices.DeleteFunc(s.version.Builds, func(b *Build) bool { return b == s.build })
	s.settle(c.now)
	return struct{}{}, nil
}
