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
}

// Revoke revokes a version as HCP does. It sets the version's status and
// revocation fields. Unless the revocation is scheduled, it also rolls back the
// channels assigned to the version to the last valid version in their history, or
// unassigns them, and assigns the managed channel "latest" to the newest valid
// version. Unlike HCP, it does not revoke descendants. It returns an error if the
// version does not exist.
func (s *Server) Revoke(r Revocation) error {
	now := s.clock().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.state.Project(r.ProjectID).Bucket(r.Bucket)
	v := b.Version(r.Version)
	if v == nil {
		return fmt.Errorf("revoking version %q of bucket %q in project %q: not found", r.Version, r.Bucket, r.ProjectID)
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
	for _, ch := range nonNil(b.Channels) {
		if b.Version(ch.Version) != v {
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

// lastValid returns the last valid version in a channel's history, and the
// history before it.
func lastValid(b *Bucket, history []string, now time.Time) (ref string, rest []string) {
	for i, ref := range slices.Backward(history) {
		if v := b.Version(ref); v != nil && valid(v, now) {
			return ref, history[:i]
		}
	}
	return "", nil
}
