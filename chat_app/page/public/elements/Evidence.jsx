// The numbered evidence of an answer: a row of chips below it, and a panel beside the chat with everything about each.
// The same file draws both; `panel` tells which.
import { useEffect } from "react"
import { useSetRecoilState } from "recoil"
import { sideViewState } from "@chainlit/react-client"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { Database, TriangleAlert } from "lucide-react"

const when = (iso) => (iso ? new Date(iso).toISOString().slice(0, 16).replace("T", " ") + " UTC" : "unknown")
const percent = (share) => (share === null || share === undefined ? "not judged" : `${Math.round(share * 100)} %`)

function Fact({ name, children }) {
  return (
    <div className="flex justify-between gap-4 text-sm">
      <span className="text-muted-foreground">{name}</span>
      <span className="text-right break-words min-w-0">{children}</span>
    </div>
  )
}

function Item({ item, chosen, runId }) {
  return (
    <section
      id={`evidence-${runId}-${item.n}-open`}
      data-evidence={item.n}
      className={`rounded-lg border p-3 flex flex-col gap-1 ${item.n === chosen ? "border-primary ring-1 ring-primary" : ""}`}
    >
      <div className="flex items-center gap-2 font-medium">
        <Badge>{item.n}</Badge>
        <span className="capitalize">{item.ledger}</span>
        {item.simulated ? <Badge variant="secondary">simulated</Badge> : null}
      </div>
      <code className="text-xs break-all text-muted-foreground">{item.key}</code>
      <Fact name="Source">{item.source}</Fact>
      <Fact name="From">{when(item.observed_from)}</Fact>
      <Fact name="To">{when(item.observed_to)}</Fact>
      <Fact name="Age when answered">{item.age || "unknown"}</Fact>
      <Fact name="Known since">{when(item.known_at)}</Fact>
      <Fact name="Rows">{item.rows.toLocaleString("en")}</Fact>
      <Fact name="Quality">{percent(item.quality)}</Fact>
    </section>
  )
}

function Panel() {
  const { items, unsupported, chosen, runId } = props
  useEffect(() => {
    document.getElementById(`evidence-${runId}-${chosen}-open`)?.scrollIntoView({ block: "nearest" })
  }, [chosen, runId])
  useEffect(() => {
    // Charts measure themselves anew only when the window says that it changed.
    const measure = () => setTimeout(() => window.dispatchEvent(new Event("resize")), 350)
    measure()
    return () => {
      measure()
    }
  }, [])
  return (
    <div id="evidence-panel" className="flex flex-col gap-3">
      {items.map((item) => (
        <Item key={item.n} item={item} chosen={chosen} runId={runId} />
      ))}
      {unsupported.length ? (
        <section className="rounded-lg border border-destructive p-3 text-sm">
          <div className="flex items-center gap-2 font-medium text-destructive">
            <TriangleAlert className="h-4 w-4" /> Without evidence
          </div>
          <p>No finding supports: {unsupported.join(", ")}. These are marked ⚠️ in the answer.</p>
        </section>
      ) : null}
    </div>
  )
}

function Chips() {
  const { items, unsupported, runId } = props
  const setSideView = useSetRecoilState(sideViewState)

  const open = (chosen) =>
    setSideView({
      title: "Evidence",
      key: `evidence-${runId}-${chosen}`,
      elements: [
        {
          id: `panel-${runId}-${chosen}`,
          type: "custom",
          name: "Evidence",
          display: "side",
          props: { items, unsupported, runId, chosen, panel: true }
        }
      ]
    })

  useEffect(() => {
    const follow = (event) => {
      const link = event.target.closest?.(`a[href^="#evidence-${runId}-"]`)
      if (!link) return
      event.preventDefault()
      open(Number(link.getAttribute("href").split("-").pop()))
    }
    document.addEventListener("click", follow, true)
    return () => document.removeEventListener("click", follow, true)
  }, [runId])

  return (
    <div className="evidence-chips flex flex-wrap items-center gap-1">
      <Button variant="outline" size="sm" className="evidence-open" onClick={() => open(items[0]?.n)}>
        {unsupported.length ? <TriangleAlert className="h-4 w-4 text-destructive" /> : <Database className="h-4 w-4" />}
        Evidence{items.length ? ` (${items.length})` : ""}
        {unsupported.length ? `, ${unsupported.length} unsupported` : ""}
      </Button>
    </div>
  )
}

export default function Evidence() {
  return props.panel ? <Panel /> : <Chips />
}
