package hcpfake

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
)

// complete fills in the defaults described at Seed. It skips nil elements, and is
// idempotent.
func (s *Seed) complete(now time.Time) {
	now = now.UTC()
	for _, org := range nonNil(s.Organizations) {
		org.CreatedAt = cmp.Or(org.CreatedAt, now)
		for _, p := range nonNil(org.Projects) {
			completeProject(org, p, now)
		}
	}
}

func completeProject(org *Organization, p *Project, now time.Time) {
	p.CreatedAt = cmp.Or(p.CreatedAt, now)
	if r := p.Registry; r != nil {
		r.ID = cmp.Or(r.ID, newULID(p.ID, "registry"))
		r.CreatedAt = cmp.Or(r.CreatedAt, strfmt.DateTime(p.CreatedAt))
		r.UpdatedAt = cmp.Or(r.UpdatedAt, r.CreatedAt)
		if r.Location == nil {
			r.Location = scope{org: org, project: p}.location()
		}
	}
	for _, b := range nonNil(p.Buckets) {
		completeBucket(p, b, now)
	}
	// By now, all versions have the fingerprints and IDs that inherited
	// revocations refer to.
	for _, b := range nonNil(p.Buckets) {
		for _, v := range nonNil(b.Versions) {
			if v.RevocationInheritedFrom != nil {
				completeAncestor(org, p, v.RevocationInheritedFrom)
			}
		}
	}
}

func completeBucket(p *Project, b *Bucket, now time.Time) {
	b.ID = cmp.Or(b.ID, newULID(p.ID, b.Name))
	b.CreatedAt = cmp.Or(b.CreatedAt, now)
	b.UpdatedAt = cmp.Or(b.UpdatedAt, b.CreatedAt)
	for i, v := range b.Versions {
		if v != nil {
			completeVersion(p, b, i, v, now)
		}
	}
	if b.Channel(latestChannel) == nil {
		latest := &Channel{Name: latestChannel, Managed: true, Restricted: true}
		if v := b.newestValid(now); v != nil {
			latest.Version = v.Fingerprint
		}
		b.Channels = append(b.Channels, latest)
	}
	for _, ch := range nonNil(b.Channels) {
		completeChannel(p, b, ch)
	}
}

func completeChannel(p *Project, b *Bucket, ch *Channel) {
	ch.ID = cmp.Or(ch.ID, newULID(p.ID, b.Name, "channel", ch.Name))
	if ch.Managed {
		ch.AuthorID = cmp.Or(ch.AuthorID, managedAuthor)
	}
	ch.AuthorID = cmp.Or(ch.AuthorID, defaultAuthor)
	ch.CreatedAt = cmp.Or(ch.CreatedAt, b.CreatedAt)
	if ch.UpdatedAt.IsZero() {
		ch.UpdatedAt = ch.CreatedAt
		if v := b.Version(ch.Version); v != nil && ch.UpdatedAt.Before(time.Time(v.CreatedAt)) {
			ch.UpdatedAt = time.Time(v.CreatedAt).UTC()
		}
	}
}

func completeVersion(p *Project, b *Bucket, index int, v *Version, now time.Time) {
	key := []string{p.ID, b.Name, "version", cmp.Or(v.Fingerprint, v.Name, strconv.Itoa(index))}
	v.ID = cmp.Or(v.ID, newULID(append(key, "id")...))
	v.Fingerprint = cmp.Or(v.Fingerprint, newULID(append(key, "fingerprint")...))
	v.BucketName = cmp.Or(v.BucketName, b.Name)
	v.CreatedAt = cmp.Or(v.CreatedAt, strfmt.DateTime(now))
	v.UpdatedAt = cmp.Or(v.UpdatedAt, v.CreatedAt)
	if v.Status == nil {
		v.Status = impliedStatus(v, now).Pointer()
	}
	if isStatus(v, revoked) && v.RevokeAt.IsZero() {
		// Older clients only use revoke_at.
		v.RevokeAt = v.UpdatedAt
		if now.Before(time.Time(v.UpdatedAt)) {
			v.RevokeAt = strfmt.DateTime(now)
		}
	}
	if v.RevocationType == nil && (isStatus(v, revoked) || isStatus(v, scheduled)) {
		v.RevocationType = models.HashicorpCloudPacker20230101RevocationTypeMANUAL.Pointer()
		if v.RevocationInheritedFrom != nil {
			v.RevocationType = models.HashicorpCloudPacker20230101RevocationTypeINHERITED.Pointer()
		}
	}
	for i, build := range v.Builds {
		if build != nil {
			completeBuild(v, i, build)
		}
	}
}

func completeBuild(v *Version, index int, build *Build) {
	build.ID = cmp.Or(build.ID, newULID(v.ID, "build", strconv.Itoa(index)))
	build.VersionID = cmp.Or(build.VersionID, v.ID)
	build.CreatedAt = cmp.Or(build.CreatedAt, v.CreatedAt)
	build.UpdatedAt = cmp.Or(build.UpdatedAt, build.CreatedAt)
	if build.Status == nil {
		build.Status = models.HashicorpCloudPacker20230101BuildStatusBUILDDONE.Pointer()
	}
	for i, a := range build.Artifacts {
		if a != nil {
			a.ID = cmp.Or(a.ID, newULID(build.ID, "artifact", strconv.Itoa(i)))
			a.CreatedAt = cmp.Or(a.CreatedAt, build.CreatedAt)
		}
	}
}

func completeAncestor(org *Organization, p *Project, from *RevokedAncestor) {
	v := ancestor(p, from)
	if v == nil {
		return
	}
	from.VersionFingerprint = cmp.Or(from.VersionFingerprint, v.Fingerprint)
	from.VersionID = cmp.Or(from.VersionID, v.ID)
	from.VersionName = cmp.Or(from.VersionName, v.Name)
	parent := scope{org: org, project: p, bucket: p.Bucket(from.BucketName)}
	from.Href = cmp.Or(from.Href, parent.href("/versions/"+from.VersionFingerprint))
}

// newestValid returns "the bucket's most recent valid version, same assigned to the
// latest channel" (models.HashicorpCloudPacker20230101Bucket), or nil.
func (b *Bucket) newestValid(now time.Time) *Version {
	return maxFunc(b.Versions, byNumber, func(v *Version) bool { return valid(v, now) })
}

// newestComplete returns the newest complete version, even if it is revoked, or
// nil.
func (b *Bucket) newestComplete() *Version {
	return maxFunc(b.Versions, byNumber, completed)
}

// byNumber compares versions by number, then by creation time.
func byNumber(a, b *Version) int {
	return cmp.Or(
		cmp.Compare(versionNumber(a), versionNumber(b)),
		compareTimes(a.CreatedAt, b.CreatedAt),
	)
}

// versionNumber returns 7 for the version name "v7", and 0 for other names.
func versionNumber(v *Version) int32 {
	digits, ok := strings.CutPrefix(v.Name, "v")
	n, err := strconv.ParseInt(digits, 10, 32)
	if !ok || err != nil || n < 0 {
		return 0
	}
	return int32(n)
}

func (s scope) location() *cloud.HashicorpCloudLocationLocation {
	return &cloud.HashicorpCloudLocationLocation{OrganizationID: s.org.ID, ProjectID: s.project.ID}
}
