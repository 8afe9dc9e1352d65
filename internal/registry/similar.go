package registry

import (
	"cmp"
	"slices"
	"strings"
)

// Names are the names there are, the one closest to what was asked first.
type Names struct {
	All []string
	// Closest is the first of All if it could be what was meant, or empty.
	Closest string
}

// rank sorts names by their likeness to wanted.
func rank(wanted string, names []string) Names {
	type candidate struct {
		name     string
		distance int
	}
	candidates := make([]candidate, len(names))
	for i, name := range names {
		candidates[i] = candidate{name, distance(strings.ToLower(wanted), strings.ToLower(name))}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})

	ranked := Names{All: make([]string, len(candidates))}
	for i, c := range candidates {
		ranked.All[i] = c.name
	}
	if len(candidates) > 0 && candidates[0].distance <= len(wanted)/3+1 {
		ranked.Closest = candidates[0].name
	}
	return ranked
}

// distance is the Levenshtein distance of a and b in bytes: the number of
// insertions, deletions and substitutions that turn one into the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
