package hcpfake

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

type ancestryStatus = models.HashicorpCloudPacker20230101AncestryStatus

// Types of ancestry to list.
const (
	parentsType  = "ANCESTRY_TYPE_PARENTS"
	childrenType = "ANCESTRY_TYPE_CHILDREN"
)

// Statuses of the relation between a parent and a child.
const (
	undetermined = models.HashicorpCloudPacker20230101AncestryStatusUNDETERMINED
	upToDate     = models.HashicorpCloudPacker20230101AncestryStatusUPTODATE
	outOfDate    = models.HashicorpCloudPacker20230101AncestryStatusOUTOFDATE
)

// link relates a version to the version that it was built from. The parent's channel is
// nil if the parent was not found through a channel, or if that no longer exists.
type link struct{ parent, child scope }

// links returns the links between the versions of the scope's project.
func (s scope) links() []link {
	var links []link
	seen := make(map[link]bool) // Several builds may have the same parent.
	for _, b := range nonNil(s.project.Buckets) {
		for _, p := range nonNil(b.Parents) {
			l := link{parent: s.parentScope(p), child: scope{org: s.org, project: s.project, bucket: b, version: b.Version(p.Version)}}
			if l.parent.version != nil && l.child.version != nil && !seen[l] {
				seen[l], links = true, append(links, l)
			}
		}
	}
	return links
}

func (s scope) parentScope(p *Parent) scope {
	from := scope{org: s.org, project: s.project, bucket: s.project.Bucket(p.ParentBucket)}
	from.version = from.bucket.Version(p.ParentVersion)
	if from.bucket != nil && p.ParentChannel != "" {
		from.channel = find(from.bucket.Channels, func(ch *Channel) bool { return ch.Name == p.ParentChannel || ch.ID == p.ParentChannel })
	}
	return from
}

// descendants returns the versions that were built from the scope's version,
// directly or not. Parents come before their children.
func (s scope) descendants() []scope {
	links, seen := s.links(), map[*Version]bool{s.version: true}
	var found []scope // children first
	var visit func(parent *Version)
	visit = func(parent *Version) {
		for _, l := range links {
			if l.parent.version == parent && !seen[l.child.version] {
				seen[l.child.version] = true
				visit(l.child.version)
				found = append(found, l.child)
			}
		}
	}
	visit(s.version)
	slices.Reverse(found)
	return found
}

func (s scope) isParent(p *Parent) bool {
	return s.bucket.Version(p.Version) == s.version && p.ComponentType == s.build.ComponentType
}

// newParent returns a record of the build's parent, or nil if there are no IDs.
// That the parent must be in the registry is a choice.
func (s scope) newParent(versionID, channelID string) (*Parent, error) {
	if versionID == "" {
		if channelID != "" {
			return nil, invalidf("parent_channel_id requires parent_version_id")
		}
		return nil, nil
	}
	for _, b := range nonNil(s.project.Buckets) {
		if v := find(b.Versions, func(v *Version) bool { return v.ID == versionID }); v != nil {
			return &Parent{
				Version: s.version.Fingerprint, ComponentType: s.build.ComponentType,
				ParentBucket: b.Name, ParentVersion: v.Fingerprint, ParentChannel: channelID,
			}, nil
		}
	}
	return nil, notFoundf("Error: The version with identifier %s does not exist.", versionID)
}

// setParent records the parent of the build, or none.
func (s scope) setParent(p *Parent) {
	s.bucket.Parents = slices.DeleteFunc(nonNil(s.bucket.Parents), s.isParent)
	if p != nil {
		s.bucket.Parents = append(s.bucket.Parents, p)
	}
}

// dropParents removes records of versions that no longer exist.
func (s scope) dropParents() {
	for _, b := range nonNil(s.project.Buckets) {
		b.Parents = slices.DeleteFunc(nonNil(b.Parents), func(p *Parent) bool {
			return b.Version(p.Version) == nil || s.parentScope(p).version == nil
		})
	}
}

func (l link) status() ancestryStatus {
	switch ch := l.parent.channel; {
	case ch == nil:
		return undetermined
	case l.parent.bucket.Version(ch.Version) == l.parent.version:
		return upToDate
	default:
		return outOfDate
	}
}

// overall returns the status of several links: out of date if any is.
func overall(links []link) *ancestryStatus {
	worst := upToDate
	for _, l := range links {
		if status := l.status(); status == outOfDate || worst == upToDate {
			worst = status
		}
	}
	return &worst
}

// parents returns the links to the parents of the scope's version.
func (s scope) parents() []link {
	return slices.DeleteFunc(s.links(), func(l link) bool { return l.child.version != s.version })
}

// children returns the links to the children of the scope's bucket: buckets whose
// newest complete version was built from one of its versions.
func (s scope) children() []link {
	return slices.DeleteFunc(s.links(), func(l link) bool {
		return l.parent.bucket != s.bucket || l.child.version != l.child.bucket.newestComplete()
	})
}

// hasChildren reports whether any version was built from the scope's.
func (s scope) hasChildren() bool {
	return slices.ContainsFunc(s.links(), func(l link) bool { return l.parent.version == s.version })
}

// href returns the URL of something in the bucket.
func (s scope) href(path string) string {
	return fmt.Sprintf("/packer/2023-01-01/organizations/%s/projects/%s/buckets/%s%s", s.org.ID, s.project.ID, s.bucket.Name, path)
}

// listAncestry lists the parents of a version, by default the newest complete one,
// and the children of the bucket, or those found by one of its channels.
func (c *call) listAncestry() (any, error) {
	c.version = c.bucket.newestComplete()
	if fingerprint := c.query.Get("version_fingerprint"); fingerprint != "" {
		if c.version = c.bucket.byFingerprint(fingerprint); c.version == nil {
			return nil, unknownFingerprintf("Version with fingerprint %s not found", fingerprint)
		}
	}
	channel := c.query.Get("channel_name")
	children := slices.DeleteFunc(c.children(), func(l link) bool {
		return channel != "" && (l.parent.channel == nil || l.parent.channel.Name != channel)
	})
	var links []link
	switch kind := c.query.Get("type"); kind {
	case parentsType:
		links = c.parents()
	case childrenType:
		links = children
	case "", "ANCESTRY_TYPE_UNSET":
		links = append(c.parents(), children...)
	default:
		return nil, invalidf("unknown ancestry type %q", kind)
	}
	list, pagination, err := page(c, links)
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101ListBucketAncestryResponse{
		Relations: mapSlice(list, link.view), TotalCount: int32(len(links)), Pagination: pagination, //nolint:gosec // It is short.
	}, nil
}

func (l link) view() *models.HashicorpCloudPacker20230101BucketAncestry {
	status, p, c := l.status(), l.parent.version, l.child.version
	parent := &models.HashicorpCloudPacker20230101Parent{
		BucketName: l.parent.bucket.Name, VersionFingerprint: p.Fingerprint, VersionID: p.ID, VersionName: p.Name,
	}
	if ch := l.parent.channel; ch != nil {
		parent.ChannelName = ch.Name
		if v := l.parent.bucket.Version(ch.Version); v != nil {
			parent.ChannelVersion = &models.HashicorpCloudPacker20230101ChannelVersion{Fingerprint: v.Fingerprint, ID: v.ID, Name: v.Name}
		}
	}
	return &models.HashicorpCloudPacker20230101BucketAncestry{
		Parent: parent,
		Child: &models.HashicorpCloudPacker20230101Child{
			BucketName: l.child.bucket.Name, VersionFingerprint: c.Fingerprint, VersionID: c.ID, VersionName: c.Name,
		},
		Status: &status,
	}
}
