package provider

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// noMatchDetail says what the filters were, and which images there are. The data source
// and the functions use it; the rest of this file is for the functions.
func noMatchDetail(e *registry.NoMatchError) string {
	remedy := fmt.Sprintf("Correct %s, or publish such an image with Packer.", e.Criterion)
	if len(registry.Candidates(e.Builds)) == 0 {
		remedy = "Publish an image with Packer."
	}
	return fmt.Sprintf("Filters:\n\n%s\n\n%s\n\n%s", selectorRows(e.Selector), listAvailable(e), remedy)
}

// ambiguousDetail says what the filters were, and which images match them: all, or
// those of one region if the region is no filter.
func ambiguousDetail(e *registry.AmbiguousError) string {
	var matches rows
	for _, match := range e.Candidates[:min(len(e.Candidates), maxImages)] {
		matches.add(cmp.Or(oneLine(match.ComponentType), "no component type"), cmp.Or(match.ImageID, "no image ID"))
	}
	list := appendOmitted(matches.String(), len(e.Candidates)-len(matches))
	where, publish := "that matches", "Publish it again with Packer."
	problem, remedy := "Several images match.", "Select one by its component type, as the last argument."
	first := e.Candidates[0]
	if e.Selector.Region == "" {
		region := oneLine(first.Region)
		where, problem = "in "+region, fmt.Sprintf("Several images match in %s.", region)
		publish = "Publish it again with Packer, or select other images by component type, as the last argument, or by labels in the data source."
	}
	switch {
	case e.Selector.Region == "" && first.Region == "":
		problem, remedy = "An image that matches has no region in the registry.", publish
	case len(e.Candidates) == 1:
		problem, remedy = fmt.Sprintf("The image %s has no ID in the registry.", where), publish
	case !slices.ContainsFunc(e.Candidates, func(c registry.Candidate) bool { return c.ComponentType != first.ComponentType }):
		remedy = "Their component type is the same too: set labels in the data source, so that only one of them is left."
	}
	return fmt.Sprintf("%s\n\nFilters:\n\n%s\n\nMatching images (component type, ID):\n\n%s\n\n%s",
		problem, selectorRows(e.Selector), list, remedy)
}

func selectorRows(s registry.Selector) rows {
	var filters rows
	filters.add("cloud_provider", s.CloudProvider)
	filters.add("region", s.Region)
	filters.add("component_type", s.ComponentType)
	filters.add("labels", formatLabels(s.Labels))
	return filters
}

func formatLabels(labels map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, name+" = "+labels[name])
	}
	return strings.Join(pairs, ", ")
}

// listAvailable lists the images to select from, by what they can be selected by. The
// labels are left out unless they are a filter, because they can be long.
func listAvailable(e *registry.NoMatchError) string {
	heading := "Available images (cloud provider, region, component type)"
	byLabels := len(e.Selector.Labels) > 0
	if byLabels {
		heading = "Available images (cloud provider, region, component type, labels)"
	}
	var lines []string
	for _, build := range e.Builds {
		for _, image := range build.Images {
			columns := []string{oneLine(build.CloudProvider), oneLine(image.Region), oneLine(build.ComponentType)}
			for i := range columns {
				columns[i] = cmp.Or(columns[i], "?")
			}
			if byLabels {
				columns = append(columns, cmp.Or(oneLine(formatLabels(build.Labels)), "no labels"))
			}
			lines = append(lines, "  "+strings.Join(columns, "\t"))
		}
	}
	lines = withoutDuplicates(lines)
	if len(lines) == 0 {
		return "The iteration has no images."
	}
	list := appendOmitted(alignColumns(lines[:min(len(lines), maxImages)]), len(lines)-maxImages)
	return fmt.Sprintf("%s:\n\n%s", heading, list)
}

// alignColumns joins lines whose columns are separated by tabs.
func alignColumns(lines []string) string {
	var aligned strings.Builder
	table := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	_, _ = table.Write([]byte(strings.Join(lines, "\n"))) // a strings.Builder returns no errors
	_ = table.Flush()
	return aligned.String()
}

func withoutDuplicates(lines []string) []string {
	seen := make(map[string]bool)
	return slices.DeleteFunc(lines, func(line string) bool {
		duplicate := seen[line]
		seen[line] = true
		return duplicate
	})
}
