# What .ci/pack's `crates` tells of a target, as CycloneDX 1.5. Nothing in it depends on when or where it was made.
# $target, $time, $sums: { "NAME@VERSION": SHA-256 of the crate }
def crate:
  split("|") | (.[1] | split(" ")) as $words
  | { depth: (.[0] | tonumber), id: "pkg:cargo/\($words[0])@\($words[1][1:])", name: $words[0], version: $words[1][1:],
      licence: (.[2] | gsub("/"; " OR ")), repository: .[3] };
def component(type):
  { type: type, "bom-ref": .id, name, version, purl: .id }
  + (if .licence == "" then {} else { licenses: [{ expression: .licence }] } end)
  + ($sums["\(.name)@\(.version)"] | if . then { hashes: [{ alg: "SHA-256", content: . }] } else {} end)
  + (if .repository == "" then {} else { externalReferences: [{ type: "vcs", url: .repository }] } end);
[inputs | crate] as $tree
| (reduce $tree[] as $crate ({ path: [], edges: {} };
    .path = .path[:$crate.depth] + [$crate.id]
    | .edges[$crate.id] += []
    | if $crate.depth > 0 then .edges[.path[-2]] += [$crate.id] else . end)) as $built
| { bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
    metadata: { timestamp: $time,
      component: ($tree[0] | component("application")
        + { properties: [{ name: "cdx:rustc:sbom:target:triple", value: $target }] }) },
    components: ($tree[1:] | unique_by(.id) | map(component("library"))),
    dependencies: ($built.edges | to_entries | sort_by(.key) | map({ ref: .key, dependsOn: (.value | unique) })) }
