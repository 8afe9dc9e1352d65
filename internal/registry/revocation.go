package registry

import "time"

// Statuses of an iteration that decide whether it may be used. The registry
// knows more (ACTIVE, RUNNING, FAILED, …), which like Packer this package lets
// pass.
const (
	StatusRevocationScheduled = "REVOCATION_SCHEDULED"
	StatusRevoked             = "REVOKED"
)

// RevocationInherited is the type of a revocation that came from an ancestor.
const RevocationInherited = "INHERITED"

// Revocation is what the registry says about the end of an iteration's life.
// It is the zero value for an iteration that nobody revoked.
type Revocation struct {
	At            time.Time // past, or still to come
	Author        string
	Message       string
	Type          string    // "MANUAL", RevocationInherited or empty
	InheritedFrom *Ancestor // nil unless inherited
}

// Ancestor is the iteration whose revocation was passed on to its descendants.
type Ancestor struct {
	Bucket      string
	IterationID string // ULID
	Fingerprint string
	Version     string
}

// Revoked reports whether the iteration must not be used at now.
//
// Packer's data sources look at one sign each: hcp-packer-version at the
// status, hcp-packer-iteration at the date. Either may lag behind the other, so
// either is enough here. A revocation that is inherited, but bears no date and
// is not marked as scheduled, is taken to be in force: refusing is the safe way
// to read it.
func (it *Iteration) Revoked(now time.Time) bool {
	at := it.Revocation.At
	switch {
	case it.Status == StatusRevoked:
		return true
	case !at.IsZero():
		return !at.After(now)
	default:
		return it.Revocation.inherited() && it.Status != StatusRevocationScheduled
	}
}

// RevocationAnnounced reports whether the registry has announced a revocation
// of the iteration. If it is not Revoked, the revocation is still to come.
func (it *Iteration) RevocationAnnounced() bool {
	return it.Status == StatusRevocationScheduled || !it.Revocation.At.IsZero()
}

func (r *Revocation) inherited() bool {
	return r.Type == RevocationInherited || r.InheritedFrom != nil
}
