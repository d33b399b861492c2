// What every browser driver shares: the visit (window.VISIT, laid into the page by the test) and the notes, which outlive the page.
export const { host, key, run, steps: told, pause_ms: pause } = window.VISIT

// Write down an event as the client made it.
export function intend(message) {
  const noted = JSON.parse(localStorage.getItem('intended') ?? '[]')
  noted.push(message)
  localStorage.setItem('intended', JSON.stringify(noted))
}

// Say each step of the visit through the client's own calls; a step that the client has no call for is left out.
export async function play(calls) {
  let user
  for (const step of told) {
    if (step.do === 'identify') user = `user-${run}`
    if (step.do === 'reset') user = undefined
    await calls[step.do]?.(step, { user, account: `account-${run}` })
    if (pause) await new Promise((later) => setTimeout(later, pause))
  }
  document.documentElement.dataset.said = 'yes'
}
