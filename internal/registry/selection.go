package registry

import (
	"fmt"
	"slices"
)

// Selector selects images. Every field that is set must match exactly; Labels
// match the builds that have all of them.
type Selector struct {
	CloudProvider string
	Region        string
	ComponentType string
	Labels        map[string]string
}

// Criterion is a field of a Selector, named as its attribute in configurations.
type Criterion string

// The criteria, in the order in which they are applied.
const (
	ByCloudProvider Criterion = "cloud_provider"
	ByRegion        Criterion = "region"
	ByComponentType Criterion = "component_type"
	ByLabels        Criterion = "labels"
)

// Filter returns the builds with only those images that match, and without the
// builds that are left with none. The order stays. A zero Selector matches
// everything. If nothing matches the error is a *NoMatchError.
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

// ImageID returns the identifier of the image that matches. The error is a
// *NoMatchError if there is none, and an *AmbiguousError if images with different
// identifiers match.
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

// ImageIDs returns the identifiers of the images that match, by region. The error
// is a *NoMatchError if there are none. It is an *AmbiguousError with the images of
// one region if their identifiers differ or one is missing, or with the images
// that have no region.
func (s Selector) ImageIDs(builds []Build) (map[string]string, error) {
	narrowed, err := s.Filter(builds)
	if err != nil {
		return nil, err
	}
	candidates := Candidates(narrowed)
	if len(candidates) == 0 {
		return nil, &NoMatchError{Selector: s, Builds: builds}
	}
	ids := make(map[string]string)
	for _, candidate := range candidates {
		id, seen := ids[candidate.Region]
		if candidate.Region == "" || candidate.ImageID == "" || seen && candidate.ImageID != id {
			elsewhere := func(c Candidate) bool { return c.Region != candidate.Region }
			return nil, &AmbiguousError{Selector: s, Candidates: slices.DeleteFunc(candidates, elsewhere)}
		}
		ids[candidate.Region] = candidate.ImageID
	}
	return ids, nil
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

// Candidate is an image, reduced to what it can be selected by.
type Candidate struct {
	CloudProvider string
	Region        string
	ComponentType string
	ImageID       string
}

// Candidates returns the images of builds in their order, without duplicates.
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

// NoMatchError reports that no image matches.
type NoMatchError struct {
	Criterion Criterion // the first one, in their order, that no image satisfies
	Selector  Selector
	Builds    []Build // the builds to select from
}

func (e *NoMatchError) Error() string {
	return fmt.Sprintf("no image of %d builds matches by %s", len(e.Builds), e.Criterion)
}

// AmbiguousError reports that several images match where only one may, or one
// without an identifier or a region.
type AmbiguousError struct {
	Selector   Selector
	Candidates []Candidate // those that match
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%d images match", len(e.Candidates))
}
