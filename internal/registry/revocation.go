package registry

import "time"

// Statuses of an iteration that concern its revocation. Others (ACTIVE, RUNNING,
// FAILED, …) are accepted, as in Packer.
const (
	StatusRevocationScheduled = "REVOCATION_SCHEDULED"
	StatusRevoked             = "REVOKED"
)

// RevocationInherited is the type of a revocation inherited from an ancestor.
const RevocationInherited = "INHERITED"

// Revocation describes the revocation of an iteration, in effect or scheduled. It
// is zero if there is none.
type Revocation struct {
	At            time.Time // in the past or in the future
	Author        string
	Message       string
	Type          string    // "MANUAL", RevocationInherited or empty
	InheritedFrom *Ancestor // nil unless inherited
}

// Ancestor is the iteration that a revocation was inherited from.
type Ancestor struct {
	Bucket      string
	IterationID string // ULID
	Fingerprint string
	Version     string
}

// Revoked reports whether the iteration is revoked at now.
//
// Of Packer's data sources, hcp-packer-version checks the status, and
// hcp-packer-iteration the date. One may lag behind the other, so either is
// enough here. An inherited revocation without a date, unless it is scheduled,
// counts as in effect, because refusing is the safe interpretation.
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

// RevocationScheduled reports whether a revocation is scheduled, assuming that the
// iteration is not Revoked yet.
func (it *Iteration) RevocationScheduled() bool {
	return it.Status == StatusRevocationScheduled || !it.Revocation.At.IsZero()
}

func (r *Revocation) inherited() bool {
	return r.Type == RevocationInherited || r.InheritedFrom != nil
}
