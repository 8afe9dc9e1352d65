package registry

import (
	"fmt"
)

// Selector says which images are wanted. Every field that is set must match
// exactly; a build matches Labels when it carries all of them.
type Selector struct {
	CloudProvider string
	Region        string
	ComponentType string
	Labels        map[string]string
}

// Criterion is a field of a Selector, by the name that users know it by.
type Criterion string

// The criteria, in the order in which they are applied.
const (
	ByCloudProvider Criterion = "cloud_provider"
	ByRegion        Criterion = "region"
	ByComponentType Criterion = "component_type"
	ByLabels        Criterion = "labels"
)

// Filter returns the builds with the images that match, in the order in which
// they came, and without builds that have no such image. A selector that sets
// nothing changes nothing. When no image is left the error is a *NoMatchError.
func (s Selector) Filter(builds []Build) ([]Build, error) {
	narrowed := builds
	for _, by := range []struct {
		criterion Criterion
		set       bool
		keep      func(Build, Image) bool
	}{
		{ByCloudProvider, s.CloudProvider != "", func(b Build, _ Image) bool { return b.CloudProvider == s.CloudProvider }},
		{ByRegion, s.Region != "", func(_ Build, i Image) bool { return i.Region == s.Region }},
		{ByComponentType, s.ComponentType != "", func(b Build, _ Image) bool { return b.ComponentType == s.ComponentType }},
		{ByLabels, len(s.Labels) > 0, func(b Build, _ Image) bool { return b.hasLabels(s.Labels) }},
	} {
		if !by.set {
			continue
		}
		if narrowed = filter(narrowed, by.keep); len(narrowed) == 0 {
			return nil, &NoMatchError{Criterion: by.criterion, Selector: s, Builds: builds}
		}
	}
	return narrowed, nil
}

// ImageID returns the identifier of the one image that matches. Several records
// of the same image are one. Otherwise the error is a *NoMatchError or an
// *AmbiguousError.
func (s Selector) ImageID(builds []Build) (string, error) {
	narrowed, err := s.Filter(builds)
	if err != nil {
		return "", err
	}
	candidates := Candidates(narrowed)
	if len(candidates) == 0 {
		return "", &NoMatchError{Selector: s, Builds: builds}
	}
	for _, candidate := range candidates {
		if candidate.ImageID == "" || candidate.ImageID != candidates[0].ImageID {
			return "", &AmbiguousError{Selector: s, Candidates: candidates}
		}
	}
	return candidates[0].ImageID, nil
}

func filter(builds []Build, keep func(Build, Image) bool) []Build {
	var kept []Build
	for _, build := range builds {
		var images []Image
		for _, image := range build.Images {
			if keep(build, image) {
				images = append(images, image)
			}
		}
		if len(images) > 0 {
			build.Images = images
			kept = append(kept, build)
		}
	}
	return kept
}

func (b *Build) hasLabels(labels map[string]string) bool {
	for name, value := range labels {
		if carried, ok := b.Labels[name]; !ok || carried != value {
			return false
		}
	}
	return true
}

// Candidate is an image by what it can be selected by.
type Candidate struct {
	CloudProvider string
	Region        string
	ComponentType string
	ImageID       string
}

// Candidates returns what there is to select from, each candidate once, in the order of
// the builds.
func Candidates(builds []Build) []Candidate {
	var candidates []Candidate
	seen := make(map[Candidate]bool)
	for _, build := range builds {
		for _, image := range build.Images {
			candidate := Candidate{build.CloudProvider, image.Region, build.ComponentType, image.ImageID}
			if !seen[candidate] {
				seen[candidate] = true
				candidates = append(candidates, candidate)
			}
		}
	}
	return candidates
}

// NoMatchError says that no image matches.
type NoMatchError struct {
	Criterion Criterion // the first, in their order, that left none
	Selector  Selector
	Builds    []Build // what there is
}

func (e *NoMatchError) Error() string {
	return fmt.Sprintf("no image of %d builds matches by %s", len(e.Builds), e.Criterion)
}

// AmbiguousError says that several images match, or one without an identifier.
type AmbiguousError struct {
	Selector   Selector
	Candidates []Candidate // those that match
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d images match", len(e.Candidates))
}
