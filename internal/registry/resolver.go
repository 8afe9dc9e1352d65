package registry

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/flight"
)

// Source reads a registry. Its errors contain a *Failure, except an
// *UnassignedError for a channel without an iteration, a *FingerprintNotFoundError,
// and the error of a cancelled context.
type Source interface {
	// Iteration reads an iteration. By channel it is the only request that HCP
	// bills; by fingerprint, and all others, are free.
	Iteration(ctx context.Context, ref Reference) (*Iteration, error)

	// Publications searches all buckets for an image. It returns each iteration that
	// published it once.
	Publications(ctx context.Context, ref ImageReference) ([]Publication, error)

	// Registry reports whether a project's registry is active.
	Registry(ctx context.Context, at Location) (Activation, error)

	// Buckets lists the names of all buckets.
	Buckets(ctx context.Context, at Location) ([]string, error)

	// Channels lists the names of a bucket's channels.
	Channels(ctx context.Context, at Location, bucket string) ([]string, error)

	// Organizations lists the organizations that the principal belongs to.
	Organizations(ctx context.Context) ([]Organization, error)

	// Projects lists the projects of an organization.
	Projects(ctx context.Context, organizationID string) ([]Project, error)

	// Project reads one project.
	Project(ctx context.Context, id string) (Project, error)
}

// Activation says whether a registry is active.
type Activation struct {
	Active      bool
	Deprovision Deprovision // why it is not active
}

// Resolver finds the iteration of a reference, and refuses a revoked one. It also finds
// the status of an image. It is safe for concurrent use.
//
// It reads each reference once, because HCP bills reads of channels, and so that
// everyone sees the same iteration even if the channel is reassigned meanwhile.
// Failures that a later request might not have are not cached.
type Resolver struct {
	source       Source
	now          func() time.Time
	locations    *flight.Group[Location, located]
	iterations   *flight.Group[Reference, *Iteration]
	publications *flight.Group[ImageReference, []Publication]
}

// NewResolver returns a Resolver that reads source and judges revocations by the
// clock now.
func NewResolver(source Source, now func() time.Time) *Resolver {
	return &Resolver{
		source:       source,
		now:          now,
		locations:    flight.New[Location, located](cacheable, OutOfTime),
		iterations:   flight.New[Reference, *Iteration](cacheable, OutOfTime),
		publications: flight.New[ImageReference, []Publication](cacheable, OutOfTime),
	}
}

// Query is a question to a Resolver.
type Query struct {
	Reference    Reference // a location that it leaves out is looked up
	AllowRevoked bool      // whether a revoked iteration is an answer rather than an error
}

// Resolution is the answer to a Query.
type Resolution struct {
	// Reference is that of the query, with the location that was looked up.
	Reference Reference
	// ProjectChoice is the project that was chosen among several, or nil.
	ProjectChoice *ProjectChoice
	// Iteration is nil if there was an error. It is shared and must not be
	// modified.
	Iteration *Iteration
	// Revoked reports whether the iteration is revoked, which the query allowed.
	Revoked bool
}

// Resolve answers a query. The error for a revoked iteration is a *RevokedError;
// others are one of this package's types, or that of ctx. The Reference and the
// ProjectChoice of the resolution are valid even if there is an error.
func (r *Resolver) Resolve(ctx context.Context, query Query) (Resolution, error) {
	location, err := r.locate(ctx, query.Reference.Location)
	ref := query.Reference
	ref.Location = location.Location
	resolution := Resolution{Reference: ref, ProjectChoice: location.choice}
	if err != nil {
		return resolution, err
	}
	iteration, err := r.iterations.Do(ctx, ref, func(ctx context.Context) (*Iteration, error) {
		return r.read(ctx, ref)
	})
	if err != nil {
		return resolution, err
	}
	revoked := iteration.Revoked(r.now())
	switch {
	case revoked && !query.AllowRevoked:
		return resolution, &RevokedError{Iteration: iteration}
	case ref.Fingerprint != "" && iteration.Incomplete():
		return resolution, &IncompleteError{Iteration: iteration}
	}
	resolution.Iteration, resolution.Revoked = iteration, revoked
	return resolution, nil
}

// read reads the iteration or, if it cannot be read, finds out why.
func (r *Resolver) read(ctx context.Context, ref Reference) (*Iteration, error) {
	iteration, err := r.source.Iteration(ctx, ref)
	if err != nil {
		return nil, r.explain(ctx, ref, err)
	}
	return iteration, nil
}

// explain finds the cause of a failure that can have several. It returns the
// failure itself if the cause cannot be found.
func (r *Resolver) explain(ctx context.Context, ref Reference, failure error) error {
	var cause, err error
	switch {
	case IsKind(failure, NotFound):
		cause, err = r.explainNotFound(ctx, ref)
	case IsKind(failure, FailedPrecondition):
		cause, err = r.checkRegistry(ctx, ref.Location)
	}
	return explained(failure, cause, err)
}

// explained returns the cause of a failure, or the failure if it is nil. err says why
// the cause could not be found.
func explained(failure, cause, err error) error {
	switch {
	case cause != nil:
		return cause
	case err != nil && !cacheable(err):
		return &unexplainedError{failure}
	default:
		return failure
	}
}

// explainNotFound finds out whether the registry, the bucket or the channel does
// not exist. The cause is nil if it cannot tell.
func (r *Resolver) explainNotFound(ctx context.Context, ref Reference) (cause, err error) {
	if cause, _ := r.checkRegistry(ctx, ref.Location); cause != nil {
		return cause, nil
	}
	var listErr error
	if ref.Channel != "" {
		var channels []string
		channels, listErr = r.source.Channels(ctx, ref.Location, ref.Bucket)
		if listErr == nil && len(channels) > 0 {
			return &ChannelNotFoundError{Known: rank(ref.Channel, channels)}, nil
		}
	}
	buckets, err := r.source.Buckets(ctx, ref.Location)
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(buckets, ref.Bucket):
		return &BucketNotFoundError{Known: rank(ref.Bucket, buckets)}, nil
	case ref.Channel != "":
		return &ChannelNotFoundError{Known: Names{Unavailable: listErr != nil}}, nil
	default:
		return &FingerprintNotFoundError{}, nil
	}
}

// checkRegistry finds out whether the registry does not exist or is not active. The
// cause is nil if it is active or cannot be read.
func (r *Resolver) checkRegistry(ctx context.Context, at Location) (cause, err error) {
	activation, err := r.source.Registry(ctx, at)
	switch {
	case IsKind(err, NotFound):
		return &RegistryNotFoundError{}, nil
	case err == nil && !activation.Active:
		return &RegistryInactiveError{Deprovision: activation.Deprovision}, nil
	default:
		return nil, err
	}
}
