package registry

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// RevokedError says that the channel points at an iteration that is revoked.
type RevokedError struct {
	Channel   Channel
	Iteration *Iteration
}

func (e *RevokedError) Error() string {
	return fmt.Sprintf("iteration %s of bucket %s, channel %s, is revoked", e.Iteration.ID, e.Channel.Bucket, e.Channel.Name)
}

// UnassignedError says that the channel exists but points at no iteration.
// Revoking the iteration of a channel leaves it so when there is no earlier one
// to roll back to.
type UnassignedError struct {
	Channel Channel
}

func (e *UnassignedError) Error() string {
	return fmt.Sprintf("channel %s of bucket %s points at no iteration", e.Channel.Name, e.Channel.Bucket)
}

// ChannelNotFoundError says that the bucket exists but has no such channel. If
// Known has it all the same, it came into being just now, or is kept from the
// principal.
type ChannelNotFoundError struct {
	Channel Channel
	Known   Names // the bucket's channels
}

func (e *ChannelNotFoundError) Error() string {
	return fmt.Sprintf("bucket %s has no channel %s", e.Channel.Bucket, e.Channel.Name)
}

// BucketNotFoundError says that the registry exists but has no such bucket.
type BucketNotFoundError struct {
	Channel Channel
	Known   Names // the registry's buckets
}

func (e *BucketNotFoundError) Error() string {
	return fmt.Sprintf("project %s has no bucket %s", e.Channel.ProjectID, e.Channel.Bucket)
}

// RegistryInactiveError says that the project's registry is switched off.
type RegistryInactiveError struct {
	Location    Location
	Deprovision Deprovision
}

func (e *RegistryInactiveError) Error() string {
	return fmt.Sprintf("the registry of project %s is not active", e.Location.ProjectID)
}

// Deprovision is HCP's account of why a registry is not active. It is zero when
// HCP gives none.
type Deprovision struct {
	At      time.Time
	Reason  string // such as "DELINQUENT_BILLING_ACCOUNT"
	Message string
}

// RegistryNotFoundError says that the project has no registry.
type RegistryNotFoundError struct {
	Location Location
}

func (e *RegistryNotFoundError) Error() string {
	return fmt.Sprintf("project %s has no registry", e.Location.ProjectID)
}

// ProjectNotFoundError says that there is no such project, or that the
// principal may not see it.
type ProjectNotFoundError struct {
	ProjectID string
}

func (e *ProjectNotFoundError) Error() string {
	return fmt.Sprintf("there is no project %s", e.ProjectID)
}

// NoOrganizationError says that the principal belongs to no organization.
type NoOrganizationError struct{}

func (e *NoOrganizationError) Error() string { return "there is no organization" }

// SeveralOrganizationsError says that there is more than one organization, and
// none was named.
type SeveralOrganizationsError struct {
	Organizations []Organization
}

func (e *SeveralOrganizationsError) Error() string {
	return fmt.Sprintf("there are %d organizations", len(e.Organizations))
}

// NoProjectError says that the organization has no project.
type NoProjectError struct {
	OrganizationID string
}

func (e *NoProjectError) Error() string {
	return fmt.Sprintf("organization %s has no project", e.OrganizationID)
}

// LocationError says that organization and project could not be looked up. Err
// is a *Failure.
type LocationError struct {
	Err error
}

func (e *LocationError) Error() string {
	return fmt.Sprintf("looking up organization and project: %s", e.Err)
}

func (e *LocationError) Unwrap() error { return e.Err }

// Kind tells failures apart by what a user can do about them.
type Kind int

// Kinds of Failure.
const (
	Unexpected           Kind = iota // a refusal that none of the other kinds covers
	NotFound                         // the registry, the bucket or the channel does not exist
	FailedPrecondition               // the registry is not in a state to answer
	NoCredentials                    // there was nothing to sign in with
	CredentialsRefused               // the credentials, or the token they gave, were not accepted
	PermissionDenied                 // the principal may not do this
	RateLimited                      // too many requests
	Unavailable                      // the registry has a fault of its own
	TimedOut                         // no answer in time
	Unreachable                      // no connection, or one that broke
	CertificateUntrusted             // the server's certificate cannot be trusted
	InvalidResponse                  // an answer that makes no sense
)

// Failure is a request to which the registry gave no usable answer.
type Failure struct {
	Kind        Kind
	Address     string        // host[:port] that was asked
	Status      int           // HTTP status; 0 when there was no answer
	Message     string        // the registry's own words, if any
	Err         error         // the cause, if there is one beyond the answer
	Attempts    int           // how often it was tried
	RetryAfter  time.Duration // how long the registry asked to wait; 0 when it did not
	OutOfTime   bool          // whether there was no time left to try again
	SigningIn   bool          // whether it was the request to sign in
	Credentials string        // where the credentials came from, if they were refused
}

func (e *Failure) Error() string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Status == 0:
		return e.Message
	case e.Message == "":
		return fmt.Sprintf("HTTP status %d", e.Status)
	default:
		return fmt.Sprintf("HTTP status %d: %s", e.Status, e.Message)
	}
}

func (e *Failure) Unwrap() error { return e.Err }

func isKind(err error, kind Kind) bool {
	var failure *Failure
	return errors.As(err, &failure) && failure.Kind == kind
}

// cacheable reports whether an outcome would be the same if it were sought again.
func cacheable(err error) bool {
	var failure *Failure
	switch {
	case err == nil:
		return true
	case errors.As(err, &failure):
		return failure.cacheable()
	default:
		return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
}

// OutOfTime reports whether a failure might have been none with more time. It
// concerns only the one whose time it was.
func OutOfTime(err error) bool {
	var failure *Failure
	return errors.As(err, &failure) && (failure.OutOfTime || failure.Kind == TimedOut)
}

func (e *Failure) cacheable() bool {
	switch e.Kind {
	case NotFound, FailedPrecondition, NoCredentials, CredentialsRefused, PermissionDenied:
		return true
	default:
		return false
	}
}
