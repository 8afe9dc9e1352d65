package registry

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The errors of this package do not repeat the question: whoever asked knows
// the bucket, the channel and, from the Resolution, the location.

// RevokedError reports that the iteration is revoked.
type RevokedError struct {
	Iteration *Iteration
}

func (e *RevokedError) Error() string {
	return fmt.Sprintf("iteration %s is revoked", e.Iteration.ID)
}

// UnassignedError reports that the channel exists but has no iteration assigned.
// HCP also leaves a channel in this state when it revokes the channel's iteration and there
// is no earlier one to roll back to.
type UnassignedError struct{}

func (*UnassignedError) Error() string { return "the channel has no iteration assigned" }

// FingerprintNotFoundError reports that the bucket exists but has no iteration with the
// fingerprint.
type FingerprintNotFoundError struct{}

func (*FingerprintNotFoundError) Error() string {
	return "the bucket has no iteration with the fingerprint"
}

// IncompleteError reports that the iteration with the fingerprint is not complete.
type IncompleteError struct {
	Iteration *Iteration
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("iteration %s is not complete: %s", e.Iteration.ID, e.Iteration.Status)
}

// ChannelNotFoundError reports that the bucket exists but has no such channel. If
// Known contains the channel, it was created a moment ago, or the principal is
// not allowed to read it.
type ChannelNotFoundError struct {
	Known Names // the bucket's channels
}

func (*ChannelNotFoundError) Error() string { return "the bucket has no such channel" }

// BucketNotFoundError reports that the registry exists but has no such bucket.
type BucketNotFoundError struct {
	Known Names // the registry's buckets
}

func (*BucketNotFoundError) Error() string { return "the registry has no such bucket" }

// RegistryInactiveError reports that the project's registry is deactivated.
type RegistryInactiveError struct {
	Deprovision Deprovision
}

func (*RegistryInactiveError) Error() string { return "the registry is not active" }

// Deprovision says why HCP deactivated a registry. It is zero when HCP gives no
// reason.
type Deprovision struct {
	At      time.Time
	Reason  string // such as "DELINQUENT_BILLING_ACCOUNT"
	Message string
}

// RegistryNotFoundError reports that the project has no registry.
type RegistryNotFoundError struct{}

func (*RegistryNotFoundError) Error() string { return "the project has no registry" }

// ProjectNotFoundError reports that the project does not exist, or that the
// principal is not allowed to see it.
type ProjectNotFoundError struct{}

func (*ProjectNotFoundError) Error() string { return "the project does not exist" }

// NoOrganizationError reports that the principal belongs to no organization.
type NoOrganizationError struct{}

func (*NoOrganizationError) Error() string { return "there is no organization" }

// SeveralOrganizationsError reports that no organization was named, and that the
// principal belongs to more than one.
type SeveralOrganizationsError struct {
	Organizations []Organization
}

func (e *SeveralOrganizationsError) Error() string {
	return fmt.Sprintf("there are %d organizations", len(e.Organizations))
}

// NoProjectError reports that the organization has no project.
type NoProjectError struct {
	OrganizationID string // UUID
}

func (e *NoProjectError) Error() string {
	return fmt.Sprintf("organization %s has no project", e.OrganizationID)
}

// LocationError reports that organization and project could not be looked up.
type LocationError struct {
	Err error // contains a *Failure
}

func (e *LocationError) Error() string {
	return fmt.Sprintf("looking up organization and project: %s", e.Err)
}

func (e *LocationError) Unwrap() error { return e.Err }

// SignInError reports that signing in failed.
type SignInError struct {
	Credentials string // where they were set; empty if there were none
	Err         error  // contains a *Failure
}

func (e *SignInError) Error() string { return fmt.Sprintf("signing in: %s", e.Err) }

func (e *SignInError) Unwrap() error { return e.Err }

// TokenRejectedError reports that signing in succeeded, but that the registry did
// not accept the access token.
type TokenRejectedError struct {
	Credentials string // where they were set
	Err         error  // contains a *Failure
}

func (e *TokenRejectedError) Error() string { return fmt.Sprintf("access token rejected: %s", e.Err) }

func (e *TokenRejectedError) Unwrap() error { return e.Err }

// Kind classifies failures by what a user can do about them.
type Kind int

// Kinds of Failure.
const (
	Unexpected           Kind = iota // an error response that no other kind covers
	NotFound                         // the registry, the bucket or the channel does not exist
	FailedPrecondition               // the registry is not in a state to answer
	Conflict                         // the request conflicts with the state of the registry
	NoCredentials                    // there are no credentials to sign in with
	CredentialsRefused               // the credentials, or the token obtained with them, were not accepted
	PermissionDenied                 // the principal is not allowed to do this
	RateLimited                      // too many requests
	Unavailable                      // the server failed
	TimedOut                         // no response in time
	Unreachable                      // no connection, or a broken one
	CertificateUntrusted             // the server's certificate cannot be verified
	InvalidRequest                   // a request that cannot be sent
	ProxyRefused                     // the proxy does not connect to the server
	InvalidResponse                  // a response that cannot be understood
)

// Failure is a request without a usable response.
type Failure struct {
	Kind       Kind
	Address    string        // host[:port] the request was for
	Status     int           // HTTP status; 0 when there was no response
	Message    string        // what the registry says, if anything
	Err        error         // the cause, if it is not the response
	Attempts   int           // how many times the request was sent
	RetryAfter time.Duration // how long the server asks to wait; 0 when it does not
	OutOfTime  bool          // whether there was no time left to try again
}

func (e *Failure) Error() string {
	switch {
	case e.Err != nil:
		return e.Err.Error()
	case e.Status == 0:
		return "no response"
	case e.Message == "":
		return fmt.Sprintf("HTTP status %d", e.Status)
	default:
		return fmt.Sprintf("HTTP status %d: %s", e.Status, e.Message)
	}
}

func (e *Failure) Unwrap() error { return e.Err }

// IsKind reports whether err contains a *Failure of that kind.
func IsKind(err error, kind Kind) bool {
	var failure *Failure
	return errors.As(err, &failure) && failure.Kind == kind
}

// OutOfTime reports whether more time could have avoided the error. Such an error
// concerns only the caller whose time it was.
func OutOfTime(err error) bool {
	var failure *Failure
	return errors.As(err, &failure) && (failure.OutOfTime || failure.Kind == TimedOut)
}

// unexplainedError is a failure whose cause a later request may find.
type unexplainedError struct{ error }

func (e *unexplainedError) Unwrap() error { return e.error }

// cacheable reports whether a later request would end the same way.
func cacheable(err error) bool {
	var (
		unexplained *unexplainedError
		failure     *Failure
	)
	switch {
	case errors.As(err, &unexplained):
		return false
	case !errors.As(err, &failure):
		return !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	switch failure.Kind {
	case NotFound, FailedPrecondition, NoCredentials, CredentialsRefused, PermissionDenied, InvalidRequest:
		return true
	default:
		return false
	}
}
