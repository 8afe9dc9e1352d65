package hcpfake

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
)

// Revocation is an order to revoke one version.
type Revocation struct {
	ProjectID string
	Bucket    string
	// Version is the fingerprint, name or ID of the version.
	Version string
	// At is when the version is revoked; zero is now. Later than now
	// schedules the revocation.
	At      time.Time
	Author  string
	Message string
	// KeepChannels is HCP's disable_rollback_channels: channels stay assigned
	// to the revoked version.
	KeepChannels bool
}

// Revoke revokes a version as HCP does: it sets the status and the fields that
// tell when, by whom and why, and moves the channels that point at the version
// back to the last valid version in their history, or to none. The managed
// channel "latest" moves to the newest valid version. A revocation that is only
// scheduled moves no channel. Descendants are left alone, because the fake
// knows no ancestry. It fails if there is no such version.
func (s *Server) Revoke(r Revocation) error {
	now := s.clock().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.state.Project(r.ProjectID).Bucket(r.Bucket)
	v := b.Version(r.Version)
	if v == nil {
		return fmt.Errorf("revoking version %q of bucket %q in project %q: no such version", r.Version, r.Bucket, r.ProjectID)
	}
	v.RevokeAt = strfmt.DateTime(cmp.Or(r.At.UTC(), now))
	v.RevocationAuthor = r.Author
	v.RevocationMessage = r.Message
	v.RevocationType = models.HashicorpCloudPacker20230101RevocationTypeMANUAL.Pointer()
	v.RevocationInheritedFrom = nil
	v.UpdatedAt = strfmt.DateTime(now)
	v.Status = impliedStatus(v, now).Pointer()
	if isStatus(v, revoked) {
		rollBack(b, v, r.KeepChannels, now)
	}
	return nil
}

func rollBack(b *Bucket, v *Version, keepChannels bool, now time.Time) {
	for _, ch := range b.Channels {
		if ch == nil || b.Version(ch.Version) != v {
			continue
		}
		switch {
		case ch.Managed && ch.Name == latestChannel:
			ch.Version = b.newestValid(now)
		case keepChannels:
			continue
		default:
			ch.Version, ch.History = lastValid(b, ch.History, now)
		}
		ch.UpdatedAt = now
	}
}

// lastValid takes from the end of a channel's history until there is a valid
// version.
func lastValid(b *Bucket, history []string, now time.Time) (ref string, rest []string) {
	for i, ref := range slices.Backward(history) {
		if v := b.Version(ref); v != nil && valid(v, now) {
			return ref, history[:i]
		}
	}
	return "", nil
}
