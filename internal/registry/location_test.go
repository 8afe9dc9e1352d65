package registry_test

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

func TestLocation(t *testing.T) {
	project := func(id string, day int) registry.Project {
		return registry.Project{ID: id, OrganizationID: "org", CreatedAt: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)}
	}
	var (
		one         = []registry.Organization{{ID: "org"}}
		two         = []registry.Organization{{ID: "org"}, {ID: "other"}}
		notFound    = &registry.Failure{Kind: registry.NotFound, Status: 404}
		forbidden   = &registry.Failure{Kind: registry.PermissionDenied, Status: 403}
		unavailable = &registry.Failure{Kind: registry.Unavailable, Status: 500}
	)
	for name, tc := range map[string]struct {
		source *source // nil: one that answers nothing
		asked  registry.Location
		want   registry.Location
		choice *registry.ProjectChoice
		err    error
		calls  []string
	}{
		"both known": {
			asked: registry.Location{OrganizationID: "org", ProjectID: "a"},
			want:  registry.Location{OrganizationID: "org", ProjectID: "a"},
			calls: []string{"iteration"},
		},
		"project known": {
			source: &source{project: project("a", 1)},
			asked:  registry.Location{ProjectID: "a"},
			want:   registry.Location{OrganizationID: "org", ProjectID: "a"},
			calls:  []string{"project a", "iteration"},
		},
		"project known, but not there": {
			source: &source{locationErr: notFound},
			asked:  registry.Location{ProjectID: "a"},
			want:   registry.Location{ProjectID: "a"},
			err:    &registry.ProjectNotFoundError{},
			calls:  []string{"project a"},
		},
		"project known, not to be read": {
			source: &source{locationErr: forbidden},
			asked:  registry.Location{ProjectID: "a"},
			want:   registry.Location{ProjectID: "a"},
			err:    &registry.LocationError{Err: forbidden},
			calls:  []string{"project a"},
		},
		"organization known, one project": {
			source: &source{projects: []registry.Project{project("a", 1)}},
			asked:  registry.Location{OrganizationID: "org"},
			want:   registry.Location{OrganizationID: "org", ProjectID: "a"},
			calls:  []string{"projects of org", "iteration"},
		},
		"organization known, several projects": {
			source: &source{projects: []registry.Project{project("c", 3), project("a", 1), project("b", 2)}},
			asked:  registry.Location{OrganizationID: "org"},
			want:   registry.Location{OrganizationID: "org", ProjectID: "a"},
			choice: &registry.ProjectChoice{Project: project("a", 1), Total: 3},
			calls:  []string{"projects of org", "iteration"},
		},
		"several projects of one age": {
			source: &source{projects: []registry.Project{project("b", 1), project("a", 1)}},
			asked:  registry.Location{OrganizationID: "org"},
			want:   registry.Location{OrganizationID: "org", ProjectID: "b"},
			choice: &registry.ProjectChoice{Project: project("b", 1), Total: 2},
			calls:  []string{"projects of org", "iteration"},
		},
		"organization known, no project": {
			asked: registry.Location{OrganizationID: "org"},
			want:  registry.Location{OrganizationID: "org"},
			err:   &registry.NoProjectError{OrganizationID: "org"},
			calls: []string{"projects of org"},
		},
		"organization known, projects not to be listed": {
			source: &source{locationErr: unavailable},
			asked:  registry.Location{OrganizationID: "org"},
			want:   registry.Location{OrganizationID: "org"},
			err:    &registry.LocationError{Err: unavailable},
			calls:  []string{"projects of org"},
		},
		"nothing known": {
			source: &source{organizations: one, projects: []registry.Project{project("a", 1)}},
			want:   registry.Location{OrganizationID: "org", ProjectID: "a"},
			calls:  []string{"organizations", "projects of org", "iteration"},
		},
		"nothing known, several organizations": {
			source: &source{organizations: two},
			err:    &registry.SeveralOrganizationsError{Organizations: two},
			calls:  []string{"organizations"},
		},
		"nothing known, no organization": {
			err:   &registry.NoOrganizationError{},
			calls: []string{"organizations"},
		},
		"nothing known, organizations not to be listed": {
			source: &source{locationErr: forbidden},
			err:    &registry.LocationError{Err: forbidden},
			calls:  []string{"organizations"},
		},
		"cancelled": {
			source: &source{locationErr: context.Canceled},
			err:    context.Canceled,
			calls:  []string{"organizations"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := cmp.Or(tc.source, &source{})
			s.iteration = &registry.Iteration{ID: "01"}
			got, err := newResolver(s).Resolve(context.Background(), registry.Query{Reference: registry.Reference{Location: tc.asked, Bucket: "b", Channel: "c"}})
			if !reflect.DeepEqual(err, tc.err) {
				t.Errorf("got error %v, want %v", err, tc.err)
			}
			if want := (registry.Reference{Location: tc.want, Bucket: "b", Channel: "c"}); got.Reference != want {
				t.Errorf("got %+v, want %+v", got.Reference, want)
			}
			if !reflect.DeepEqual(got.ProjectChoice, tc.choice) {
				t.Errorf("got choice %+v, want %+v", got.ProjectChoice, tc.choice)
			}
			if !slices.Equal(s.calls, tc.calls) {
				t.Errorf("calls %v, want %v", s.calls, tc.calls)
			}
		})
	}
}

// Concurrent queries look a location up once, and all learn which project was
// chosen.
func TestLocationIsLookedUpOnce(t *testing.T) {
	s := &source{
		iteration:     &registry.Iteration{ID: "01"},
		organizations: []registry.Organization{{ID: "org"}},
		projects:      []registry.Project{{ID: "a", OrganizationID: "org"}, {ID: "b", OrganizationID: "org"}},
	}
	resolver := newResolver(s)
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			resolution, err := resolver.Resolve(context.Background(), registry.Query{Reference: registry.Reference{Bucket: "b", Channel: "c"}})
			if err != nil || resolution.Reference.ProjectID != "a" ||
				!reflect.DeepEqual(resolution.ProjectChoice, &registry.ProjectChoice{Project: s.projects[0], Total: 2}) {
				t.Errorf("got %+v, %v", resolution, err)
			}
		})
	}
	wait.Wait()
	lookups := slices.DeleteFunc(slices.Clone(s.calls), func(call string) bool { return call == "iteration" })
	if want := []string{"organizations", "projects of org"}; !slices.Equal(lookups, want) {
		t.Errorf("lookups %v, want %v", lookups, want)
	}
}

// A lookup that failed for a reason that may pass is tried again, another not.
func TestFailedLookup(t *testing.T) {
	for _, tc := range []struct {
		err   error
		calls int
	}{
		{&registry.Failure{Kind: registry.Unavailable, Status: 503}, 3},
		{&registry.Failure{Kind: registry.TimedOut}, 3},
		{context.Canceled, 3},
		{&registry.Failure{Kind: registry.PermissionDenied, Status: 403}, 1},
	} {
		s := &source{locationErr: tc.err}
		resolver := newResolver(s)
		for range 3 {
			if _, err := resolver.Resolve(context.Background(), registry.Query{}); !errors.Is(err, tc.err) {
				t.Errorf("got %v, want %v", err, tc.err)
			}
		}
		if len(s.calls) != tc.calls {
			t.Errorf("%v: %d lookups, want %d", tc.err, len(s.calls), tc.calls)
		}
	}
}
