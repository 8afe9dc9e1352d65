package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Images that differ only in their ID are listed once, and long lists end.
func TestListAvailable(t *testing.T) {
	build := registry.Build{CloudProvider: "aws", Images: []registry.Image{{ImageID: "1", Region: "eu"}, {ImageID: "2", Region: "eu"}}}
	for name, tc := range map[string]struct {
		err  *registry.NoMatchError
		want string
	}{
		"none": {
			&registry.NoMatchError{}, "The iteration has no images.",
		},
		"images": {
			&registry.NoMatchError{Builds: []registry.Build{build}},
			"Available images (cloud provider, region, component type):\n\n  aws  eu  ?",
		},
		"labels": {
			&registry.NoMatchError{
				Criterion: registry.ByLabels,
				Selector:  registry.Selector{Labels: map[string]string{"a": "3"}},
				Builds: []registry.Build{build, build, {
					CloudProvider: "azure", ComponentType: "c", Labels: map[string]string{"b": "2", "a": "1"}, Images: []registry.Image{{Region: "west"}},
				}},
			},
			"Available images (cloud provider, region, component type, labels):\n\n  aws    eu    ?  no labels\n  azure  west  c  a = 1, b = 2",
		},
	} {
		if got := listAvailable(tc.err); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestAmbiguousDetail(t *testing.T) {
	var candidates []registry.Candidate
	for i := range maxImages + 5 {
		candidates = append(candidates, registry.Candidate{ComponentType: fmt.Sprintf("c%02d", i), ImageID: fmt.Sprintf("ami-%d", i)})
	}
	got := ambiguousDetail(&registry.AmbiguousError{Selector: registry.Selector{Region: "eu"}, Candidates: candidates})
	for _, fact := range []string{"Several images match.", "  region:  eu\n", "  c19:  ami-19\n  … and 5 more", "by its component type"} {
		if !strings.Contains(got, fact) {
			t.Errorf("the detail does not say %q:\n%s", fact, got)
		}
	}
	if strings.Contains(got, "ami-20") {
		t.Errorf("the list is too long:\n%s", got)
	}
}
