package hcpfake

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// Revocation describes the revocation of one version.
type Revocation struct {
	ProjectID string
	Bucket    string
	// Version is the version's fingerprint, name or ID.
	Version string
	// At is the time of the revocation; zero means now. A time in the future
	// schedules the revocation.
	At      time.Time
	Author  string
	Message string
	// KeepChannels leaves channels assigned to the revoked version, like
	// disable_rollback_channels in HCP's API.
	KeepChannels bool
	// SkipDescendants leaves versions valid that were built from the revoked
	// one, like skip_descendants_revocation in HCP's API.
	SkipDescendants bool
}

// Revoke revokes a version as HCP does when the API is asked to. It sets the
// version's status and revocation fields, and those of its descendants, which
// inherit the revocation. Unless the revocation is scheduled, it also rolls back
// the channels assigned to these versions to the last valid version in their
// history, or unassigns them, and assigns the managed channel "latest" to the
// newest valid version. A scheduled revocation moves no channel when it takes effect.
// Revoke returns an error if the version does not exist.
func (s *Server) Revoke(r Revocation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, org := range nonNil(s.state.Organizations) {
		target := scope{org: org, project: org.project(r.ProjectID)}
		target.bucket = target.project.Bucket(r.Bucket)
		if target.version = target.bucket.Version(r.Version); target.version != nil {
			target.revoke(r, s.Now())
			return nil
		}
	}
	return fmt.Errorf("revoking version %q of bucket %q in project %q: not found", r.Version, r.Bucket, r.ProjectID)
}

func (s scope) revoke(r Revocation, now time.Time) {
	v := s.version
	v.RevokeAt = strfmt.DateTime(cmp.Or(r.At.UTC(), now))
	v.RevocationAuthor = r.Author
	v.RevocationMessage = r.Message
	v.RevocationType = models.HashicorpCloudPacker20230101RevocationTypeMANUAL.Pointer()
	v.RevocationInheritedFrom = nil
	s.revoked(r.KeepChannels, now)
	if r.SkipDescendants {
		return
	}
	for _, d := range s.descendants() {
		if !completed(d.version) {
			continue // It inherits when it is completed.
		}
		if d.inheritedFrom(v) { // an earlier schedule
			clearRevocation(d.version, now)
		}
		d.inheritRevocation(r.KeepChannels, now)
	}
}

func (s scope) inheritedFrom(v *Version) bool {
	from := s.version.RevocationInheritedFrom
	return from != nil && from.VersionID == v.ID
}

func clearRevocation(v *Version, now time.Time) {
	v.RevokeAt = strfmt.DateTime{}
	v.RevocationAuthor, v.RevocationMessage = "", ""
	v.RevocationType, v.RevocationInheritedFrom = nil, nil
	v.Status, v.UpdatedAt = active.Pointer(), strfmt.DateTime(now)
}

// revoked updates what follows from the revocation fields of a version.
func (s scope) revoked(keepChannels bool, now time.Time) {
	v := s.version
	v.Status = impliedStatus(v, now).Pointer()
	v.UpdatedAt = strfmt.DateTime(now)
	if isStatus(v, revoked) {
		s.bucket.rollBack(v, keepChannels, v.RevocationAuthor, now)
	}
}

// inheritRevocation revokes a version, at once or later, if one of its parents is
// or will be revoked. Choices: the message and the author are those of the
// ancestor, and of several revocations, including the version's own, the earliest
// counts and the others are forgotten.
func (s scope) inheritRevocation(keepChannels bool, now time.Time) {
	v := s.version
	for _, l := range s.parents() {
		parent := l.parent.version
		if parent.RevokeAt.IsZero() || (!v.RevokeAt.IsZero() && compareTimes(v.RevokeAt, parent.RevokeAt) <= 0) {
			continue
		}
		v.RevokeAt = parent.RevokeAt
		v.RevocationAuthor = parent.RevocationAuthor
		v.RevocationMessage = parent.RevocationMessage
		v.RevocationType = models.HashicorpCloudPacker20230101RevocationTypeINHERITED.Pointer()
		v.RevocationInheritedFrom = parent.RevocationInheritedFrom
		if v.RevocationInheritedFrom == nil {
			v.RevocationInheritedFrom = &RevokedAncestor{
				BucketName:         l.parent.bucket.Name,
				Href:               l.parent.href("/versions/" + parent.Fingerprint),
				VersionFingerprint: parent.Fingerprint,
				VersionID:          parent.ID,
				VersionName:        parent.Name,
			}
		}
		s.revoked(keepChannels, now)
	}
}

// restore makes a version valid again, and those that inherited its revocation,
// unless they have another revoked ancestor. That channels of users do not come back
// is a choice.
func (s scope) restore(now time.Time) {
	clearRevocation(s.version, now)
	s.bucket.updateLatest(now)
	for _, d := range s.descendants() {
		if d.inheritedFrom(s.version) {
			clearRevocation(d.version, now)
			d.inheritRevocation(true, now)
			d.bucket.updateLatest(now)
		}
	}
}

// rollBack moves the channels of a version that is no longer valid.
func (b *Bucket) rollBack(v *Version, keepChannels bool, author string, now time.Time) {
	for _, ch := range nonNil(b.Channels) {
		switch {
		case b.Version(ch.Version) != v:
		case ch.Managed && ch.Name == latestChannel:
			b.updateLatest(now)
		case !keepChannels:
			b.assign(ch, b.lastValid(ch, now), author, now)
		}
	}
}

// updateLatest assigns the channel "latest" to the newest valid version.
func (b *Bucket) updateLatest(now time.Time) {
	newest := b.newestValid(now)
	if ch := b.Channel(latestChannel); ch != nil && b.Version(ch.Version) != newest {
		b.assign(ch, newest, managedAuthor, now)
	}
}

// lastValid returns the last valid version in a channel's history, or nil.
func (b *Bucket) lastValid(ch *Channel, now time.Time) *Version {
	for _, a := range slices.Backward(ch.History) {
		if v := b.Version(a.Version); v != nil && valid(v, now) {
			return v
		}
	}
	return nil
}
