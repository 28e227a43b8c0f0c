import { Effect, Layer, Option } from "effect"
import type { Challenge } from "../accounts/Challenge.ts"
import { ChallengeRepository } from "../accounts/ChallengeRepository.ts"
import { Store, table } from "./Store.ts"

interface StoredChallenge {
  readonly challenge: Challenge
  readonly tokenHash: string
}

const challenges = table<StoredChallenge>()({
  name: "challenge",
  key: ({ challenge }) => challenge.id,
  unique: { token: ({ tokenHash }) => tokenHash }
})

export const layer: Layer.Layer<ChallengeRepository, never, Store> = Layer.effect(
  ChallengeRepository,
  Effect.map(Store, (store) =>
    ChallengeRepository.of({
      insert: (challenge, tokenHash) =>
        store.write("challenge.insert", (write) => challenges.insert(write, { challenge, tokenHash })),
      find: (tokenHash) =>
        store.read("challenge.find", (state) =>
          Option.map(challenges.find(state, "token", tokenHash), ({ challenge }) => challenge)
        ),
      attempt: (id, max, now) =>
        store.write(
          "challenge.attempt",
          (write) =>
            challenges.updateAll(
              write,
              ({ challenge }) => challenge.id === id && challenge.attempts < max && now < challenge.expiresAt,
              ({ challenge, tokenHash }) => ({
                challenge: { ...challenge, attempts: challenge.attempts + 1 },
                tokenHash
              })
            ) === 1
        ),
      complete: (id) =>
        store.write(
          "challenge.complete",
          (write) => challenges.removeAll(write, ({ challenge }) => challenge.id === id) === 1
        ),
      purge: (now, limit) =>
        store.write("challenge.purge", (write) => {
          const expired = new Set(
            challenges
              .filter(write.state, ({ challenge }) => now >= challenge.expiresAt)
              .sort(challenges.by(({ challenge }) => challenge.expiresAt))
              .slice(0, limit)
          )
          return challenges.removeAll(write, (row) => expired.has(row))
        })
    })
  )
)
