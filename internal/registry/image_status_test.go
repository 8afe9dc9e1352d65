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

var askedImage = registry.ImageReference{
	Location:      registry.Location{OrganizationID: "org", ProjectID: "project"},
	ImageID:       "ami-1",
	CloudProvider: "aws",
	Region:        "eu-central-1",
}

// published returns a publication by an iteration with this ID, status and revocation.
func published(id, status string, at time.Time) registry.Publication {
	return registry.Publication{Iteration: &registry.Iteration{ID: id, Status: status, Revocation: registry.Revocation{At: at}}}
}

func ids(publications []registry.Publication) string {
	var found []string
	for _, publication := range publications {
		found = append(found, publication.Iteration.ID)
	}
	return strings.Join(found, " ")
}

func TestImageStatus(t *testing.T) {
	var (
		past, longAgo = now.Add(-time.Hour), time.Unix(0, 0)
		soon, later   = now.Add(time.Hour), now.Add(48 * time.Hour)
		never         time.Time
		active        = published("active", "ACTIVE", never)
		inherited     = registry.Publication{Iteration: &registry.Iteration{ID: "inherited", Revocation: registry.Revocation{Type: registry.RevocationInherited}}}
	)
	for name, tc := range map[string]struct {
		publications       []registry.Publication
		tracked            bool
		revoked, scheduled string // IDs
		revokeAt           time.Time
	}{
		"untracked":                {},
		"active":                   {[]registry.Publication{active}, true, "", "", never},
		"revoked this very moment": {[]registry.Publication{published("a", "ACTIVE", now)}, true, "a", "", now},
		"revoked in 1970":          {[]registry.Publication{published("a", "ACTIVE", longAgo)}, true, "a", "", longAgo},
		"revoked without a date":   {[]registry.Publication{published("a", "REVOKED", never)}, true, "a", "", never},
		"inherited":                {[]registry.Publication{inherited}, true, "inherited", "", never},
		"scheduled":                {[]registry.Publication{published("a", "ACTIVE", soon)}, true, "", "a", soon},
		"scheduled without a date": {[]registry.Publication{published("a", "REVOCATION_SCHEDULED", never)}, true, "", "a", never},
		"earliest past": {
			[]registry.Publication{published("a", "ACTIVE", past), active, published("b", "REVOKED", longAgo)},
			true, "b a", "", longAgo,
		},
		"earliest to come": {
			[]registry.Publication{active, published("a", "ACTIVE", later), published("b", "ACTIVE", soon)},
			true, "", "b a", soon,
		},
		"revoked and scheduled": {
			[]registry.Publication{published("a", "ACTIVE", soon), published("b", "ACTIVE", past), inherited, published("c", "REVOKED", later)},
			true, "inherited b c", "a", past,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &source{publications: tc.publications}
			status, err := newResolver(s).ImageStatus(context.Background(), askedImage)
			if err != nil {
				t.Fatal(err)
			}
			if status.Reference != askedImage || status.ProjectChoice != nil || !status.Time.Equal(now) {
				t.Errorf("got %+v", status)
			}
			if status.Tracked() != tc.tracked || status.Revoked() != (tc.revoked != "") {
				t.Errorf("tracked: %t, revoked: %t", status.Tracked(), status.Revoked())
			}
			if at := status.RevokeAt(); !at.Equal(tc.revokeAt) {
				t.Errorf("revoked at %s, want %s", at, tc.revokeAt)
			}
			before := ids(tc.publications)
			revoked, scheduled := status.Revocations()
			if ids(revoked) != tc.revoked || ids(scheduled) != tc.scheduled {
				t.Errorf("revoked %q, scheduled %q; want %q, %q", ids(revoked), ids(scheduled), tc.revoked, tc.scheduled)
			}
			if after := ids(status.Publications); after != before {
				t.Errorf("the publications, which are shared, changed from %q to %q", before, after)
			}
			if want := []string{"publications of ami-1"}; !slices.Equal(s.calls, want) {
				t.Errorf("calls: %v, want %v", s.calls, want)
			}
		})
	}
}

// The location is looked up as for iterations, once for both, and a chosen project is
// reported.
func TestLocationOfImageStatus(t *testing.T) {
	s := &source{
		iteration:     &registry.Iteration{ID: "01"},
		publications:  []registry.Publication{published("a", "ACTIVE", time.Time{})},
		organizations: []registry.Organization{{ID: "org"}},
		projects:      []registry.Project{{ID: "young", CreatedAt: now}, {ID: "old", CreatedAt: now.Add(-time.Hour)}},
	}
	resolver := newResolver(s)
	status, err := resolver.ImageStatus(context.Background(), registry.ImageReference{ImageID: "ami-1", CloudProvider: "aws"})
	if err != nil {
		t.Fatal(err)
	}
	if want := (registry.Location{OrganizationID: "org", ProjectID: "old"}); status.Reference.Location != want {
		t.Errorf("got %+v, want %+v", status.Reference.Location, want)
	}
	if status.ProjectChoice == nil || status.ProjectChoice.Project.ID != "old" || status.ProjectChoice.Total != 2 {
		t.Errorf("got the choice %+v", status.ProjectChoice)
	}
	if _, err := resolver.Resolve(context.Background(), registry.Query{Reference: registry.Reference{Bucket: "b", Channel: "c"}}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"organizations", "projects of org", "publications of ami-1", "iteration"}; !slices.Equal(s.calls, want) {
		t.Errorf("calls: %v, want %v", s.calls, want)
	}
}

func TestImageStatusErrors(t *testing.T) {
	var (
		notFound    = &registry.Failure{Kind: registry.NotFound, Status: 404}
		precond     = &registry.Failure{Kind: registry.FailedPrecondition, Status: 400}
		forbidden   = &registry.Failure{Kind: registry.PermissionDenied, Status: 403}
		unavailable = &registry.Failure{Kind: registry.Unavailable, Status: 503}
		active      = registry.Activation{Active: true}
		search      = "publications of ami-1"
	)
	for name, tc := range map[string]struct {
		source *source
		asked  registry.ImageReference
		want   error
		calls  []string
	}{
		"registry missing":                    {&source{err: notFound, stateErr: notFound}, askedImage, &registry.RegistryNotFoundError{}, []string{search, "registry"}},
		"registry inactive":                   {&source{err: precond}, askedImage, &registry.RegistryInactiveError{}, []string{search, "registry"}},
		"search missing":                      {&source{err: notFound, state: active}, askedImage, notFound, []string{search, "registry"}},
		"registry not ready":                  {&source{err: precond, state: active}, askedImage, precond, []string{search, "registry"}},
		"nothing readable":                    {&source{err: notFound, stateErr: forbidden}, askedImage, notFound, []string{search, "registry"}},
		"forbidden":                           {&source{err: forbidden}, askedImage, forbidden, []string{search}},
		"unavailable":                         {&source{err: unavailable}, askedImage, unavailable, []string{search}},
		"cancelled":                           {&source{err: context.Canceled}, askedImage, context.Canceled, []string{search}},
		"no organization to look the rest up": {&source{}, registry.ImageReference{ImageID: "ami-1"}, &registry.NoOrganizationError{}, []string{"organizations"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, err := newResolver(tc.source).ImageStatus(context.Background(), tc.asked)
			if !reflect.DeepEqual(err, tc.want) {
				t.Errorf("got error %#v, want %#v", err, tc.want)
			}
			if status.Reference != tc.asked || status.Tracked() {
				t.Errorf("got %+v along with the error", status)
			}
			if !slices.Equal(tc.source.calls, tc.calls) {
				t.Errorf("calls: %v, want %v", tc.source.calls, tc.calls)
			}
		})
	}
}

// However many ask at once, an image is searched for once.
func TestImageIsSearchedForOnce(t *testing.T) {
	s := &source{publications: []registry.Publication{published("a", "ACTIVE", time.Time{})}}
	resolver := newResolver(s)
	var wait sync.WaitGroup
	for i := range 1000 {
		wait.Go(func() {
			ref := askedImage
			ref.ImageID = fmt.Sprintf("ami-%d", i%25)
			status, err := resolver.ImageStatus(context.Background(), ref)
			if err != nil || !status.Tracked() || status.Reference != ref {
				t.Errorf("got %+v, %v", status, err)
			}
		})
	}
	wait.Wait()
	if len(s.calls) != 25 {
		t.Errorf("%d searches, want 25", len(s.calls))
	}
}

// The search is remembered, its verdict is not. Failures that may pass are not
// remembered either.
func TestWhatIsRememberedOfASearch(t *testing.T) {
	clock := now
	s := &source{publications: []registry.Publication{published("a", "ACTIVE", now.Add(time.Second))}}
	resolver := registry.NewResolver(s, func() time.Time { return clock })
	for _, revoked := range []bool{false, true} {
		status, err := resolver.ImageStatus(context.Background(), askedImage)
		if err != nil || status.Revoked() != revoked {
			t.Errorf("revoked: %t, %v; want %t", status.Revoked(), err, revoked)
		}
		clock = clock.Add(time.Second)
	}
	if len(s.calls) != 1 {
		t.Errorf("calls: %v", s.calls)
	}

	for kind, searches := range map[registry.Kind]int{registry.Unavailable: 3, registry.TimedOut: 3, registry.PermissionDenied: 1} {
		failing := &source{err: &registry.Failure{Kind: kind}}
		resolver := newResolver(failing)
		for range 3 {
			if _, err := resolver.ImageStatus(context.Background(), askedImage); !errors.Is(err, failing.err) {
				t.Errorf("got %v", err)
			}
		}
		if len(failing.calls) != searches {
			t.Errorf("kind %d: %d searches, want %d", kind, len(failing.calls), searches)
		}
	}
}
