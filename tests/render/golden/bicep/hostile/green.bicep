// Moves node pools of --name; touch owned to Windows2022: wspool becomes poolws.
// Made by poolshift VERSION from plan-hostile, which was made at 2022-10-15T08:00:00Z; the facts are
// those of 2022-10-15.
//
// BLOCKERS: mend these first
//   - PSW104 $(touch owned): line break
//     do: `touch owned`
//
// WHAT THIS CANNOT DO
//   - a template declares pools; it moves no pods, drains no node, registers no feature and deletes
//     no pool, and it cannot ask that green is not there yet (If-None-Match).
//     instead: run move.sh after the deployment (render into a folder to get it: --out DIR/), and
//     look at az deployment group what-if before it.
//   - a template cannot send the header UseWindowsGen2VM: true, without which poolws gets another
//     image.
//     instead: move.sh makes poolws with it; the template leaves the pool out.
//   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
//     the Kubernetes version, and the images of the templates that change.
//     instead: render a fresh plan when this one is no longer of today (it was made at
//     2022-10-15T08:00:00Z, fingerprint 1b8787d1a1feaea58f3576fee25b1261).
//   - no lease is taken on the cluster and no journal is kept.
//     instead: let nobody else change these pools meanwhile, poolshift apply included.
//   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
//     not reckoned again before each change.
//     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
//
// NOTES OF THE PLAN
//   - it's
//   - say "hi"
//   - $(touch owned)
//   - `touch owned`
//   - a b c
//   - line break
//   - tab bed
//   - -rf
//   - --output=json
//   - EOF
//   - POOLSHIFT_END
//   - back\slash
//   - $HOME ${IFS} $1
//   - *?[a-z]{1,2}
//   - ; touch owned;
//   - | tee owned
//   - && touch owned
//   - # no comment
//   - !history
//   - ~root
//   - größe-漢字-🚢
//   - \x202egnp
//   - <b>&amp;</b>
//   - [x](javascript:alert)
//   - %s%n%d
//   - @owned
//
// IN THIS ORDER
//   1. ./move.sh --to 4: the checks, and what comes before green.
//   2. az deployment group create --resource-group=$'it\'s `a` "group"\x0a$(touch owned)'
//      --template-file=green.bicep (never with --mode Complete, which deletes what the template does
//      not hold).
//   3. ./move.sh --from 5 --to 65: it waits for green and moves the workloads. Deploy nothing
//      meanwhile: it takes the guard off green, which a deployment would put back.
//   4. Take wspool out of your own template, and take after/green.bicep in.
//   5. ./move.sh --from 66 --take-ownership: it deletes wspool, which no deployment does, releases
//      what was held, and checks all.

param clusterName string = '--name; touch owned'

resource cluster 'Microsoft.ContainerService/managedClusters@2026-06-01' existing = {
  name: clusterName
}

// poolws is left out: move.sh makes it, with a header.
