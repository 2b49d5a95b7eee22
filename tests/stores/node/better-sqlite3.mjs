// better-sqlite3, whose addon is fetched or built when it is installed.

async function load() {
  try {
    const { default: Database } = await import('better-sqlite3')
    new Database(':memory:').close()
    return { Database, skip: false }
  } catch (error) {
    const skip = `better-sqlite3 WAS NOT TESTED: npm rebuild better-sqlite3 in tests/stores/node (${error.message.split('\n')[0]})`
    console.error(skip)
    return { skip }
  }
}

/** Its class, or why what needs it is skipped. */
export const betterSqlite3 = await load()
