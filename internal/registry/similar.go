package registry

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Names lists existing names for somebody who asked for one that does not exist:
// first the similar ones, the most similar one first, then the others in
// alphabetical order.
type Names struct {
	All []string
	// Suggestion is the first of All if it is similar, or empty.
	Suggestion string
	// Unavailable reports whether the names could not be read.
	Unavailable bool
}

// rank sorts names by how similar they are to wanted.
func rank(wanted string, names []string) Names {
	type candidate struct {
		name     string
		distance int // math.MaxInt if it is not similar
	}
	candidates := make([]candidate, len(names))
	for i, name := range names {
		candidates[i] = candidate{name, editCost(strings.ToLower(wanted), strings.ToLower(name))}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})

	ranked := Names{All: make([]string, len(candidates))}
	for i, c := range candidates {
		ranked.All[i] = c.name
	}
	if len(candidates) > 0 && candidates[0].distance < math.MaxInt {
		ranked.Suggestion = candidates[0].name
	}
	return ranked
}

// maxCompared is the maximum length in bytes of names that are compared.
const maxCompared = 256

// editCost returns the distance between two similar names, or math.MaxInt. Names
// are similar if one is a prefix of the other, or if at most a third of the name,
// rounded up, is mistyped.
func editCost(wanted, name string) int {
	if len(wanted) > maxCompared || len(name) > maxCompared {
		return math.MaxInt
	}
	d := distance(wanted, name)
	if d <= (len(wanted)+2)/3 || strings.HasPrefix(name, wanted) || strings.HasPrefix(wanted, name) {
		return d
	}
	return math.MaxInt
}

// distance returns the Levenshtein distance between a and b in bytes: the number
// of insertions, deletions and substitutions that turn one into the other.
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
