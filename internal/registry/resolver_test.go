package registry_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

var asked = registry.Reference{
	Location: registry.Location{OrganizationID: "org", ProjectID: "project"},
	Bucket:   "hardened-ubuntu",
	Channel:  "production",
}

// source answers from its fields and notes what it was asked for.
type source struct {
	iteration    *registry.Iteration
	publications []registry.Publication
	err          error // of both

	state    registry.Activation
	stateErr error

	buckets    []string
	bucketsErr error

	channels    []string
	channelsErr error

	organizations []registry.Organization
	projects      []registry.Project
	project       registry.Project
	locationErr   error

	mu    sync.Mutex
	calls []string
}

func (s *source) note(call string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}

func (s *source) Iteration(context.Context, registry.Reference) (*registry.Iteration, error) {
	s.note("iteration")
	return s.iteration, s.err
}

func (s *source) Publications(_ context.Context, ref registry.ImageReference) ([]registry.Publication, error) {
	s.note("publications of " + ref.ImageID)
	return s.publications, s.err
}

func (s *source) Registry(context.Context, registry.Location) (registry.Activation, error) {
	s.note("registry")
	return s.state, s.stateErr
}

func (s *source) Buckets(context.Context, registry.Location) ([]string, error) {
	s.note("buckets")
	return s.buckets, s.bucketsErr
}

func (s *source) Channels(context.Context, registry.Location, string) ([]string, error) {
	s.note("channels")
	return s.channels, s.channelsErr
}

func (s *source) Organizations(context.Context) ([]registry.Organization, error) {
	s.note("organizations")
	return s.organizations, s.locationErr
}

func (s *source) Projects(_ context.Context, organizationID string) ([]registry.Project, error) {
	s.note("projects of " + organizationID)
	return s.projects, s.locationErr
}

func (s *source) Project(_ context.Context, id string) (registry.Project, error) {
	s.note("project " + id)
	return s.project, s.locationErr
}

var query = registry.Query{Reference: asked}

func newResolver(s *source) *registry.Resolver {
	return registry.NewResolver(s, func() time.Time { return now })
}

func resolve(s *source) (*registry.Iteration, error) {
	resolution, err := newResolver(s).Resolve(context.Background(), query)
	return resolution.Iteration, err
}

func TestResolve(t *testing.T) {
	s := &source{iteration: &registry.Iteration{ID: "01", Status: "ACTIVE"}}
	got, err := resolve(s)
	if err != nil || got != s.iteration {
		t.Errorf("got %v, %v", got, err)
	}
	if want := []string{"iteration"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls: %v, want %v", s.calls, want)
	}
}

func TestResolveRefusesRevoked(t *testing.T) {
	s := &source{iteration: &registry.Iteration{ID: "01", Status: "ACTIVE", Revocation: registry.Revocation{At: now}}}
	got, err := resolve(s)
	if got != nil {
		t.Errorf("got iteration %v along with the error", got)
	}
	want := &registry.RevokedError{Iteration: s.iteration}
	if !reflect.DeepEqual(err, error(want)) {
		t.Errorf("got error %v, want %v", err, want)
	}
	if want := []string{"iteration"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls: %v, want %v", s.calls, want)
	}
}

// A query that allows revoked iterations gets one, marked as revoked.
func TestResolveAllowsRevoked(t *testing.T) {
	for status, revoked := range map[string]bool{"ACTIVE": false, registry.StatusRevoked: true} {
		s := &source{iteration: &registry.Iteration{ID: "01", Status: status}}
		got, err := newResolver(s).Resolve(context.Background(), registry.Query{Reference: asked, AllowRevoked: true})
		if err != nil || got.Iteration != s.iteration || got.Revoked != revoked {
			t.Errorf("%s: got %+v, %v", status, got, err)
		}
	}
}

func TestResolveExplains(t *testing.T) {
	var (
		notFound    = &registry.Failure{Kind: registry.NotFound, Status: 404}
		precond     = &registry.Failure{Kind: registry.FailedPrecondition, Status: 400}
		forbidden   = &registry.Failure{Kind: registry.PermissionDenied, Status: 403}
		unavailable = &registry.Failure{Kind: registry.Unavailable, Status: 503}
		unassigned  = &registry.UnassignedError{}
		active      = registry.Activation{Active: true}
		overdue     = registry.Deprovision{At: now, Reason: "DELINQUENT_BILLING_ACCOUNT", Message: "pay"}
		channels    = []string{"latest", "staging", "produktion"}
		buckets     = []string{"web-server", "hardened-ubuntu-22-04", "hardened_ubuntu"}
	)
	for name, tc := range map[string]struct {
		source *source
		want   error
		calls  []string
	}{
		"channel missing": {
			&source{err: notFound, state: active, channels: channels},
			&registry.ChannelNotFoundError{
				Known: registry.Names{All: []string{"produktion", "latest", "staging"}, Suggestion: "produktion"},
			},
			[]string{"iteration", "registry", "channels"},
		},
		"bucket missing": {
			&source{err: notFound, state: active, channelsErr: notFound, buckets: buckets},
			&registry.BucketNotFoundError{
				Known: registry.Names{All: []string{"hardened_ubuntu", "hardened-ubuntu-22-04", "web-server"}, Suggestion: "hardened_ubuntu"},
			},
			[]string{"iteration", "registry", "channels", "buckets"},
		},
		"bucket missing, none at all": {
			&source{err: notFound, state: active, channelsErr: notFound},
			&registry.BucketNotFoundError{Known: registry.Names{All: []string{}}},
			[]string{"iteration", "registry", "channels", "buckets"},
		},
		"bucket without channels": {
			&source{err: notFound, state: active, buckets: []string{asked.Bucket}},
			&registry.ChannelNotFoundError{},
			[]string{"iteration", "registry", "channels", "buckets"},
		},
		"channel appeared meanwhile": {
			&source{err: notFound, state: active, channels: []string{asked.Channel}},
			&registry.ChannelNotFoundError{
				Known: registry.Names{All: []string{asked.Channel}, Suggestion: asked.Channel},
			},
			[]string{"iteration", "registry", "channels"},
		},
		"channels not to be listed": {
			&source{err: notFound, state: active, channelsErr: forbidden, buckets: []string{asked.Bucket}},
			&registry.ChannelNotFoundError{Known: registry.Names{Unavailable: true}},
			[]string{"iteration", "registry", "channels", "buckets"},
		},
		"registry missing": {
			&source{err: notFound, stateErr: notFound},
			&registry.RegistryNotFoundError{},
			[]string{"iteration", "registry"},
		},
		"registry inactive behind a 404": {
			&source{err: notFound, state: registry.Activation{Deprovision: overdue}},
			&registry.RegistryInactiveError{Deprovision: overdue},
			[]string{"iteration", "registry"},
		},
		"registry inactive": {
			&source{err: precond, state: registry.Activation{Deprovision: overdue}},
			&registry.RegistryInactiveError{Deprovision: overdue},
			[]string{"iteration", "registry"},
		},
		"precondition failed for another reason": {
			&source{err: precond, state: active},
			precond,
			[]string{"iteration", "registry"},
		},
		"precondition failed, registry unreadable": {
			&source{err: precond, stateErr: forbidden},
			precond,
			[]string{"iteration", "registry"},
		},
		"registry unreadable, channel missing all the same": {
			&source{err: notFound, stateErr: forbidden, channels: channels},
			&registry.ChannelNotFoundError{
				Known: registry.Names{All: []string{"produktion", "latest", "staging"}, Suggestion: "produktion"},
			},
			[]string{"iteration", "registry", "channels"},
		},
		"nothing may be listed": {
			&source{err: notFound, stateErr: forbidden, channelsErr: forbidden, bucketsErr: forbidden},
			notFound,
			[]string{"iteration", "registry", "channels", "buckets"},
		},
		"unassigned":  {&source{err: unassigned}, unassigned, []string{"iteration"}},
		"forbidden":   {&source{err: forbidden}, forbidden, []string{"iteration"}},
		"unavailable": {&source{err: unavailable}, unavailable, []string{"iteration"}},
		"cancelled":   {&source{err: context.Canceled}, context.Canceled, []string{"iteration"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := resolve(tc.source)
			if got != nil {
				t.Errorf("got iteration %v along with the error", got)
			}
			if !reflect.DeepEqual(err, tc.want) {
				t.Errorf("got error %#v\nwant %#v", err, tc.want)
			}
			if !slices.Equal(tc.source.calls, tc.calls) {
				t.Errorf("calls: %v, want %v", tc.source.calls, tc.calls)
			}
		})
	}
}

// By fingerprint only the bucket can be missing besides the iteration itself, and an
// iteration that is not complete is an error.
func TestResolveByFingerprint(t *testing.T) {
	var (
		notFound  = &registry.Failure{Kind: registry.NotFound, Status: 404}
		forbidden = &registry.Failure{Kind: registry.PermissionDenied, Status: 403}
		active    = registry.Activation{Active: true}
		failed    = &registry.Iteration{ID: "01", Status: "FAILED"}
		revoked   = &registry.Iteration{ID: "01", Status: registry.StatusRevoked}
	)
	for name, tc := range map[string]struct {
		source *source
		want   error
		calls  []string
	}{
		"complete":      {&source{iteration: &registry.Iteration{ID: "01", Status: "ACTIVE"}}, nil, []string{"iteration"}},
		"failed":        {&source{iteration: failed}, &registry.IncompleteError{Iteration: failed}, []string{"iteration"}},
		"revoked":       {&source{iteration: revoked}, &registry.RevokedError{Iteration: revoked}, []string{"iteration"}},
		"not found":     {&source{err: &registry.FingerprintNotFoundError{}}, &registry.FingerprintNotFoundError{}, []string{"iteration"}},
		"no bucket":     {&source{err: notFound, state: active}, &registry.BucketNotFoundError{Known: registry.Names{All: []string{}}}, []string{"iteration", "registry", "buckets"}},
		"bucket exists": {&source{err: notFound, state: active, buckets: []string{"b"}}, &registry.FingerprintNotFoundError{}, []string{"iteration", "registry", "buckets"}},
		"not allowed":   {&source{err: notFound, state: active, bucketsErr: forbidden}, notFound, []string{"iteration", "registry", "buckets"}},
	} {
		t.Run(name, func(t *testing.T) {
			ref := registry.Reference{Location: asked.Location, Bucket: "b", Fingerprint: "f00d"}
			got, err := newResolver(tc.source).Resolve(context.Background(), registry.Query{Reference: ref})
			if !reflect.DeepEqual(err, tc.want) {
				t.Errorf("got error %#v, want %#v", err, tc.want)
			}
			if got.Reference != ref || (err == nil) != (got.Iteration != nil) {
				t.Errorf("got %+v", got)
			}
			if !slices.Equal(tc.source.calls, tc.calls) {
				t.Errorf("calls %v, want %v", tc.source.calls, tc.calls)
			}
		})
	}
}

// Packer may read a channel whose iteration is not complete, so that is no error.
func TestResolveIncompleteByChannel(t *testing.T) {
	if _, err := resolve(&source{iteration: &registry.Iteration{ID: "01", Status: "RUNNING"}}); err != nil {
		t.Error(err)
	}
}

func TestSimilarNames(t *testing.T) {
	for name, tc := range map[string]struct {
		channels, want []string
		closest        string
	}{
		"none is close":           {[]string{"latest", "dev"}, []string{"dev", "latest"}, ""},
		"mistyped":                {[]string{"a", "productoin", "z"}, []string{"productoin", "a", "z"}, "productoin"},
		"other case":              {[]string{"Production", "products"}, []string{"Production", "products"}, "Production"},
		"beginning":               {[]string{"a", "prod", "z"}, []string{"prod", "a", "z"}, "prod"},
		"longer":                  {[]string{"a", "production-stable-of-europe"}, []string{"production-stable-of-europe", "a"}, "production-stable-of-europe"},
		"closest of several":      {[]string{"production-2", "productions"}, []string{"productions", "production-2"}, "productions"},
		"too long to be compared": {[]string{"b", strings.Repeat("production", 1000)}, []string{"b", strings.Repeat("production", 1000)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := resolve(&source{
				err:      &registry.Failure{Kind: registry.NotFound, Status: 404},
				state:    registry.Activation{Active: true},
				channels: tc.channels,
			})
			var notFound *registry.ChannelNotFoundError
			if !errors.As(err, &notFound) {
				t.Fatalf("got %v", err)
			}
			if got := notFound.Known; !slices.Equal(got.All, tc.want) || got.Suggestion != tc.closest {
				t.Errorf("got %v, closest %q", got.All, got.Suggestion)
			}
		})
	}
}

// In a short name, one letter may be mistyped.
func TestSimilarShortNames(t *testing.T) {
	short := query
	short.Reference.Channel = "dev"
	for name, suggestion := range map[string]string{"web": "", "deb": "deb"} {
		_, err := newResolver(&source{
			err:      &registry.Failure{Kind: registry.NotFound, Status: 404},
			state:    registry.Activation{Active: true},
			channels: []string{name},
		}).Resolve(t.Context(), short)
		var notFound *registry.ChannelNotFoundError
		if !errors.As(err, &notFound) || notFound.Known.Suggestion != suggestion {
			t.Errorf("%s: got %v, want the suggestion %q", name, err, suggestion)
		}
	}
}

// However many ask at once, a channel is read once, and all see the same
// iteration.
func TestChannelIsReadOnce(t *testing.T) {
	s := &source{iteration: &registry.Iteration{ID: "01"}}
	resolver := newResolver(s)
	var wait sync.WaitGroup
	for i := range 1000 {
		wait.Go(func() {
			channel := asked
			channel.Channel = fmt.Sprintf("channel-%d", i%25)
			resolution, err := resolver.Resolve(context.Background(), registry.Query{Reference: channel})
			if err != nil || resolution.Iteration != s.iteration || resolution.Reference != channel {
				t.Errorf("got %+v, %v", resolution, err)
			}
		})
	}
	wait.Wait()
	if len(s.calls) != 25 {
		t.Errorf("%d reads, want 25", len(s.calls))
	}
}

// The iteration is remembered, its verdict is not: a revocation may come into
// force between two questions.
func TestVerdictIsNotRemembered(t *testing.T) {
	clock := now
	s := &source{iteration: &registry.Iteration{ID: "01", Revocation: registry.Revocation{At: now.Add(time.Second)}}}
	resolver := registry.NewResolver(s, func() time.Time { return clock })
	if _, err := resolver.Resolve(context.Background(), query); err != nil {
		t.Error(err)
	}
	clock = clock.Add(time.Second)
	var revoked *registry.RevokedError
	if _, err := resolver.Resolve(context.Background(), query); !errors.As(err, &revoked) {
		t.Errorf("got %v", err)
	}
	if want := []string{"iteration"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls: %v, want %v", s.calls, want)
	}
}

// A failure that could not be explained is remembered unless it may be explained later.
func TestUnexplainedFailure(t *testing.T) {
	for _, failure := range []error{
		&registry.Failure{Kind: registry.NotFound, Status: 404},
		&registry.Failure{Kind: registry.FailedPrecondition, Status: 400},
	} {
		for explaining, reads := range map[error]int{
			&registry.Failure{Kind: registry.Unavailable, Status: 503}:      2,
			&registry.Failure{Kind: registry.PermissionDenied, Status: 403}: 1,
			context.Canceled: 2,
		} {
			s := &source{err: failure, stateErr: explaining, channelsErr: explaining, bucketsErr: explaining}
			resolver := newResolver(s)
			for range 2 {
				if _, err := resolver.Resolve(context.Background(), query); !errors.Is(err, failure) {
					t.Errorf("got %v, want %v", err, failure)
				}
			}
			s.calls = slices.DeleteFunc(s.calls, func(call string) bool { return call != "iteration" })
			if len(s.calls) != reads {
				t.Errorf("%v, explaining ends with %v: %d reads, want %d", failure, explaining, len(s.calls), reads)
			}
		}
	}
}

// Failures that may pass are not remembered, others are.
func TestFailedRead(t *testing.T) {
	for _, tc := range []struct {
		err   error
		calls int
	}{
		{&registry.Failure{Kind: registry.Unavailable, Status: 503}, 3},
		{&registry.Failure{Kind: registry.RateLimited, Status: 429}, 3},
		{&registry.Failure{Kind: registry.TimedOut}, 3},
		{&registry.Failure{Kind: registry.Unreachable}, 3},
		{&registry.Failure{Kind: registry.InvalidResponse}, 3},
		{context.Canceled, 3},
		{&registry.Failure{Kind: registry.PermissionDenied, Status: 403}, 1},
		{&registry.Failure{Kind: registry.CredentialsRefused, Status: 401}, 1},
		{&registry.UnassignedError{}, 1},
	} {
		s := &source{err: tc.err}
		resolver := newResolver(s)
		for range 3 {
			if _, err := resolver.Resolve(context.Background(), query); !errors.Is(err, tc.err) {
				t.Errorf("got %v, want %v", err, tc.err)
			}
		}
		if len(s.calls) != tc.calls {
			t.Errorf("%v: %d reads, want %d", tc.err, len(s.calls), tc.calls)
		}
	}
}
