package registry

import (
	"context"
	"slices"
	"time"
)

// ImageReference identifies an image as its cloud does, and the registry in which to
// look for it.
type ImageReference struct {
	Location
	ImageID       string // the cloud's own identifier
	CloudProvider string
	Region        string // empty for any
}

// Publication records that an iteration published an image.
type Publication struct {
	Bucket string
	// Iteration has only the builds that published the image, and each of them only
	// the records of that image: one, or one for each region.
	Iteration *Iteration
}

// ImageStatus is what a registry knows about an image.
type ImageStatus struct {
	// Reference is that of the question, with the location that was looked up.
	Reference ImageReference
	// ProjectChoice is the project that was chosen among several, or nil.
	ProjectChoice *ProjectChoice
	// Publications are shared and must not be modified.
	Publications []Publication
	// Time is when the dates of revocations were compared with the clock.
	Time time.Time
}

// Tracked reports whether any iteration published the image.
func (s *ImageStatus) Tracked() bool { return len(s.Publications) > 0 }

// Revoked reports whether any of the iterations is revoked.
func (s *ImageStatus) Revoked() bool {
	return slices.ContainsFunc(s.Publications, func(p Publication) bool { return p.Iteration.Revoked(s.Time) })
}

// RevokeAt returns the earliest date of a revocation, which may be in the future. It is
// zero if there is none.
func (s *ImageStatus) RevokeAt() time.Time {
	var earliest time.Time
	for _, publication := range s.Publications {
		at := publication.Iteration.Revocation.At
		if earliest.IsZero() || !at.IsZero() && at.Before(earliest) {
			earliest = at
		}
	}
	return earliest
}

// Revocations returns the iterations that are revoked, followed by those whose
// revocation is scheduled. Both are in the order of their dates.
func (s *ImageStatus) Revocations() (revoked, scheduled []Publication) {
	for _, publication := range s.Publications {
		switch {
		case publication.Iteration.Revoked(s.Time):
			revoked = append(revoked, publication)
		case publication.Iteration.RevocationScheduled():
			scheduled = append(scheduled, publication)
		}
	}
	byDate := func(a, b Publication) int { return a.Iteration.Revocation.At.Compare(b.Iteration.Revocation.At) }
	slices.SortStableFunc(revoked, byDate)
	slices.SortStableFunc(scheduled, byDate)
	return revoked, scheduled
}

// ImageStatus finds out which iterations published an image. Unlike Resolve it does not
// refuse those that are revoked: what runs already cannot be refused. Errors are of this
// package's types, or that of ctx. The Reference and the ProjectChoice of the status are
// valid even if there is an error.
func (r *Resolver) ImageStatus(ctx context.Context, ref ImageReference) (ImageStatus, error) {
	location, err := r.locate(ctx, ref.Location)
	ref.Location = location.Location
	status := ImageStatus{Reference: ref, ProjectChoice: location.choice}
	if err != nil {
		return status, err
	}
	status.Publications, err = r.publications.Do(ctx, ref, func(ctx context.Context) ([]Publication, error) {
		return r.search(ctx, ref)
	})
	status.Time = r.now()
	return status, err
}

// search searches for an image or, if that fails, finds out whether the registry is the
// reason.
func (r *Resolver) search(ctx context.Context, ref ImageReference) ([]Publication, error) {
	publications, err := r.source.Publications(ctx, ref)
	if IsKind(err, NotFound) || IsKind(err, FailedPrecondition) {
		cause, explainErr := r.checkRegistry(ctx, ref.Location)
		err = explained(err, cause, explainErr)
	}
	return publications, err
}
