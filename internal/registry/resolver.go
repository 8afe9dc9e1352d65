package registry

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/flight"
)

// Source reads a registry. What goes wrong is a *Failure, except for a channel
// that points at nothing, which is an *UnassignedError.
type Source interface {
	// Iteration reads the iteration that a channel points at. It is the one
	// request that HCP bills; the others are free.
	Iteration(ctx context.Context, channel Channel) (*Iteration, error)

	// Registry reads the state of a project's registry.
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

// Activation is the state of a registry.
type Activation struct {
	Active      bool
	Deprovision Deprovision // why it is not active
}

// Resolver finds the iteration that a channel points at, and refuses one that
// is revoked. It may be used by many goroutines at once.
//
// It asks for each channel once, because HCP bills these requests, and so that
// all who ask see the same iteration even if the channel is moved meanwhile.
// Only failures that may pass are not remembered.
type Resolver struct {
	source    Source
	now       func() time.Time
	locations flight.Group[Location, *located]
	channels  flight.Group[Channel, *Iteration]
}

// NewResolver returns a Resolver that reads source and tells by now whether a
// revocation has come into force.
func NewResolver(source Source, now func() time.Time) *Resolver {
	r := &Resolver{source: source, now: now}
	r.locations.Keep, r.locations.Own = cacheable, OutOfTime
	r.channels.Keep, r.channels.Own = cacheable, OutOfTime
	return r
}

// Resolution is the answer to a question for a channel.
type Resolution struct {
	// Channel is what was asked, with the location that was looked up for it.
	Channel Channel
	// Iteration is what the channel points at; nil if there was an error. It is
	// shared and must not be changed.
	Iteration *Iteration
	// ProjectChoice tells of a project that was chosen among several. It is nil for
	// all but the first resolution that rests on this choice.
	ProjectChoice *ProjectChoice
}

// Resolve returns the iteration that the channel points at. A location that the
// channel leaves out is looked up. When the iteration is revoked the error is a
// *RevokedError, which carries it all the same. Other errors are one of this
// package's types, or that of ctx. Even then the resolution tells the channel.
func (r *Resolver) Resolve(ctx context.Context, channel Channel) (Resolution, error) {
	location, choice, err := r.locate(ctx, channel.Location)
	channel.Location = location
	resolution := Resolution{Channel: channel, ProjectChoice: choice}
	if err != nil {
		return resolution, err
	}
	iteration, err := r.channels.Do(ctx, channel, func(ctx context.Context) (*Iteration, error) {
		return r.read(ctx, channel)
	})
	switch {
	case err != nil:
		return resolution, err
	case iteration.Revoked(r.now()):
		return resolution, &RevokedError{Channel: channel, Iteration: iteration}
	}
	resolution.Iteration = iteration
	return resolution, nil
}

// read asks for the iteration, and for the reason if there is none.
func (r *Resolver) read(ctx context.Context, channel Channel) (*Iteration, error) {
	iteration, err := r.source.Iteration(ctx, channel)
	if err != nil {
		return nil, r.explain(ctx, channel, err)
	}
	return iteration, nil
}

// explain finds out what is behind a refusal that has several causes. If that
// fails too, the refusal itself is all there is to tell.
func (r *Resolver) explain(ctx context.Context, channel Channel, refusal error) error {
	var cause error
	switch {
	case isKind(refusal, NotFound):
		cause = r.explainNotFound(ctx, channel)
	case isKind(refusal, FailedPrecondition):
		cause = r.checkRegistry(ctx, channel.Location)
	}
	if cause != nil {
		return cause
	}
	return refusal
}

// explainNotFound tells which of registry, bucket and channel does not exist, or
// returns nil when it cannot tell.
func (r *Resolver) explainNotFound(ctx context.Context, channel Channel) error {
	if fault := r.checkRegistry(ctx, channel.Location); fault != nil {
		return fault
	}
	channels, listed := r.source.Channels(ctx, channel.Location, channel.Bucket)
	if listed == nil && len(channels) > 0 {
		return &ChannelNotFoundError{Channel: channel, Known: rank(channel.Name, channels)}
	}
	buckets, err := r.source.Buckets(ctx, channel.Location)
	switch {
	case err != nil:
		return nil //nolint:nilerr // an explanation that cannot be had is none
	case slices.Contains(buckets, channel.Bucket):
		return &ChannelNotFoundError{Channel: channel, Known: Names{Unavailable: listed != nil}}
	default:
		return &BucketNotFoundError{Channel: channel, Known: rank(channel.Bucket, buckets)}
	}
}

// checkRegistry tells whether the registry itself is missing or not active, or
// returns nil when it is fine or cannot be read.
func (r *Resolver) checkRegistry(ctx context.Context, at Location) error {
	state, err := r.source.Registry(ctx, at)
	switch {
	case isKind(err, NotFound):
		return &RegistryNotFoundError{Location: at}
	case err == nil && !state.Active:
		return &RegistryInactiveError{Location: at, Deprovision: state.Deprovision}
	default:
		return nil
	}
}
