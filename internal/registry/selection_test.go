package registry_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

func image(id, region string) registry.Image { return registry.Image{ImageID: id, Region: region} }

var offered = []registry.Build{
	{
		ID: "1", CloudProvider: "aws", ComponentType: "amazon-ebs.base", Labels: map[string]string{"os": "ubuntu", "arch": "amd64"},
		Images: []registry.Image{image("ami-1", "eu-central-1"), image("ami-2", "us-east-1")},
	},
	{
		ID: "2", CloudProvider: "aws", ComponentType: "amazon-ebs.arm", Labels: map[string]string{"os": "ubuntu", "arch": "arm64"},
		Images: []registry.Image{image("ami-3", "eu-central-1")},
	},
	{ID: "3", CloudProvider: "azure", ComponentType: "azure-arm.base", Images: []registry.Image{image("az-1", "westeurope")}},
	{ID: "4", CloudProvider: "aws", ComponentType: "amazon-ebs.none"},
}

func TestNarrow(t *testing.T) {
	for name, tc := range map[string]struct {
		selector registry.Selector
		want     map[string][]string // image IDs by build
		at       registry.Criterion  // that leaves nothing
	}{
		"nothing set":        {registry.Selector{}, map[string][]string{"1": {"ami-1", "ami-2"}, "2": {"ami-3"}, "3": {"az-1"}, "4": nil}, ""},
		"cloud":              {registry.Selector{CloudProvider: "aws"}, map[string][]string{"1": {"ami-1", "ami-2"}, "2": {"ami-3"}}, ""},
		"region":             {registry.Selector{Region: "eu-central-1"}, map[string][]string{"1": {"ami-1"}, "2": {"ami-3"}}, ""},
		"component":          {registry.Selector{ComponentType: "amazon-ebs.arm"}, map[string][]string{"2": {"ami-3"}}, ""},
		"one label":          {registry.Selector{Labels: map[string]string{"os": "ubuntu"}}, map[string][]string{"1": {"ami-1", "ami-2"}, "2": {"ami-3"}}, ""},
		"two labels":         {registry.Selector{Labels: map[string]string{"os": "ubuntu", "arch": "arm64"}}, map[string][]string{"2": {"ami-3"}}, ""},
		"no labels":          {registry.Selector{CloudProvider: "azure", Labels: map[string]string{}}, map[string][]string{"3": {"az-1"}}, ""},
		"all":                {registry.Selector{CloudProvider: "aws", Region: "us-east-1", ComponentType: "amazon-ebs.base", Labels: map[string]string{"arch": "amd64"}}, map[string][]string{"1": {"ami-2"}}, ""},
		"unknown cloud":      {registry.Selector{CloudProvider: "gce", Region: "eu-central-1"}, nil, registry.ByCloudProvider},
		"other case":         {registry.Selector{CloudProvider: "AWS"}, nil, registry.ByCloudProvider},
		"beginning":          {registry.Selector{Region: "eu-central"}, nil, registry.ByRegion},
		"region elsewhere":   {registry.Selector{CloudProvider: "aws", Region: "westeurope"}, nil, registry.ByRegion},
		"component with out": {registry.Selector{Region: "us-east-1", ComponentType: "amazon-ebs.arm"}, nil, registry.ByComponentType},
		"build w/o image":    {registry.Selector{ComponentType: "amazon-ebs.none"}, nil, registry.ByComponentType},
		"label value":        {registry.Selector{Labels: map[string]string{"os": "debian"}}, nil, registry.ByLabels},
		"label name":         {registry.Selector{Labels: map[string]string{"release": ""}}, nil, registry.ByLabels},
	} {
		t.Run(name, func(t *testing.T) {
			narrowed, err := tc.selector.Filter(offered)
			var noMatch *registry.NoMatchError
			if tc.at != "" {
				if !errors.As(err, &noMatch) || noMatch.Criterion != tc.at || len(noMatch.Builds) != len(offered) {
					t.Errorf("got %v, %+v", narrowed, err)
				}
				return
			}
			got := make(map[string][]string)
			for _, build := range narrowed {
				got[build.ID] = nil
				for _, image := range build.Images {
					got[build.ID] = append(got[build.ID], image.ImageID)
				}
			}
			if err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v, %v; want %v", got, err, tc.want)
			}
		})
	}
	if len(offered[0].Images) != 2 {
		t.Error("narrowing changed what it narrowed")
	}
}

func TestImageID(t *testing.T) {
	twice := []registry.Build{offered[0], {CloudProvider: "aws", ComponentType: "copy", Images: []registry.Image{image("ami-1", "eu-central-1")}}}
	nameless := []registry.Build{{CloudProvider: "aws", Images: []registry.Image{image("", "eu-central-1")}}}
	for name, tc := range map[string]struct {
		builds   []registry.Build
		selector registry.Selector
		want     string
		err      error
	}{
		"one":                {offered, registry.Selector{CloudProvider: "aws", Region: "us-east-1"}, "ami-2", nil},
		"one of a component": {offered, registry.Selector{CloudProvider: "aws", Region: "eu-central-1", ComponentType: "amazon-ebs.arm"}, "ami-3", nil},
		"the same twice":     {twice, registry.Selector{CloudProvider: "aws", Region: "eu-central-1"}, "ami-1", nil},
		"two":                {offered, registry.Selector{CloudProvider: "aws", Region: "eu-central-1"}, "", &registry.AmbiguousError{}},
		"none":               {offered, registry.Selector{CloudProvider: "aws", Region: "ap-south-1"}, "", &registry.NoMatchError{}},
		"none at all":        {nil, registry.Selector{CloudProvider: "aws"}, "", &registry.NoMatchError{}},
		"nothing asked":      {nil, registry.Selector{}, "", &registry.NoMatchError{}},
		"without identifier": {nameless, registry.Selector{CloudProvider: "aws"}, "", &registry.AmbiguousError{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.selector.ImageID(tc.builds)
			if got != tc.want || reflect.TypeOf(err) != reflect.TypeOf(tc.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestImageIDs(t *testing.T) {
	inEU := func(id, component string) registry.Build {
		return registry.Build{CloudProvider: "aws", ComponentType: component, Images: []registry.Image{image(id, "eu-central-1")}}
	}
	twice := []registry.Build{offered[0], inEU("ami-1", "copy")}
	noRegion := []registry.Build{offered[0], {CloudProvider: "aws", Images: []registry.Image{image("ami-9", "")}}}
	aws := registry.Selector{CloudProvider: "aws"}
	for name, tc := range map[string]struct {
		builds    []registry.Build
		selector  registry.Selector
		want      map[string]string
		noMatch   bool
		ambiguous []string // image IDs
	}{
		"every region":       {offered[:1], aws, map[string]string{"eu-central-1": "ami-1", "us-east-1": "ami-2"}, false, nil},
		"another cloud":      {offered, registry.Selector{CloudProvider: "azure"}, map[string]string{"westeurope": "az-1"}, false, nil},
		"of a component":     {offered, registry.Selector{CloudProvider: "aws", ComponentType: "amazon-ebs.arm"}, map[string]string{"eu-central-1": "ami-3"}, false, nil},
		"the same twice":     {twice, aws, map[string]string{"eu-central-1": "ami-1", "us-east-1": "ami-2"}, false, nil},
		"two in a region":    {offered, aws, nil, false, []string{"ami-1", "ami-3"}},
		"without identifier": {[]registry.Build{offered[0], inEU("", "x")}, aws, nil, false, []string{"ami-1", ""}},
		"only without":       {[]registry.Build{inEU("", "x")}, aws, nil, false, []string{""}},
		"without region":     {noRegion, aws, nil, false, []string{"ami-9"}},
		"none":               {offered, registry.Selector{CloudProvider: "gce"}, nil, true, nil},
		"none at all":        {nil, registry.Selector{}, nil, true, nil},
		"no images":          {offered[3:], registry.Selector{}, nil, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.selector.ImageIDs(tc.builds)
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			var (
				noMatch   *registry.NoMatchError
				ambiguous *registry.AmbiguousError
				ids       []string
			)
			if errors.As(err, &ambiguous) {
				for _, candidate := range ambiguous.Candidates {
					ids = append(ids, candidate.ImageID)
				}
			}
			if errors.As(err, &noMatch) != tc.noMatch || !reflect.DeepEqual(ids, tc.ambiguous) || (err == nil) != (tc.want != nil) {
				t.Errorf("got %v with the images %q", err, ids)
			}
		})
	}
}

// Over all registries: when there is only one image ID to choose, the first
// match in the registry's order has it, and it is selected; otherwise there is
// an error. Nothing that fails a filter is ever selected.
func TestSelectionProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	oneOf := func(words ...string) string { return words[random.IntN(len(words))] }
	var selected, refused int
	for range 20_000 {
		var builds []registry.Build
		for b := range random.IntN(5) {
			build := registry.Build{
				ID: fmt.Sprint(b), CloudProvider: oneOf("aws", "azure"), ComponentType: oneOf("x", "y"),
				Labels: map[string]string{"os": oneOf("ubuntu", "debian"), "arch": oneOf("amd64", "arm64")},
			}
			for range random.IntN(4) {
				build.Images = append(build.Images, image(oneOf("1", "2", "3"), oneOf("eu", "us", "ap")))
			}
			builds = append(builds, build)
		}
		selector := registry.Selector{CloudProvider: oneOf("aws", "azure"), Region: oneOf("", "eu", "us"), ComponentType: oneOf("", "x", "y")}
		if random.IntN(2) == 0 {
			selector.Labels = map[string]string{"os": oneOf("ubuntu", "debian")}
		}

		matches := matching(selector, builds)
		got, err := selector.ImageID(builds)
		distinct := make(map[string]bool)
		for _, id := range matches {
			distinct[id] = true
		}
		if len(distinct) == 1 {
			selected++
			if err != nil || got != matches[0] {
				t.Fatalf("%+v in %+v: got %q, %v; want %q", selector, builds, got, err, matches[0])
			}
		} else {
			refused++
			if err == nil || got != "" {
				t.Fatalf("%+v in %+v: got %q of %v", selector, builds, got, matches)
			}
		}
		requireNarrowed(t, selector, builds, matches)
	}
	if selected < 1000 || refused < 1000 {
		t.Errorf("%d selected and %d refused: the registries are too much alike", selected, refused)
	}
}

// matching says the same as Selector in other words: it goes through all images
// and asks of each whether it fails.
func matching(s registry.Selector, builds []registry.Build) []string {
	var ids []string
	for _, build := range builds {
		for _, image := range build.Images {
			fails := s.CloudProvider != "" && s.CloudProvider != build.CloudProvider ||
				s.ComponentType != "" && s.ComponentType != build.ComponentType ||
				s.Region != "" && s.Region != image.Region ||
				s.Labels != nil && s.Labels["os"] != build.Labels["os"]
			if !fails {
				ids = append(ids, image.ImageID)
			}
		}
	}
	return ids
}

func requireNarrowed(t *testing.T, s registry.Selector, builds []registry.Build, matches []string) {
	t.Helper()
	narrowed, err := s.Filter(builds)
	var ids []string
	for _, build := range narrowed {
		for _, image := range build.Images {
			ids = append(ids, image.ImageID)
		}
	}
	if !reflect.DeepEqual(ids, matches) || (err == nil) != (len(matches) > 0) {
		t.Fatalf("%+v in %+v: got %v, %v; want %v", s, builds, ids, err, matches)
	}
}
